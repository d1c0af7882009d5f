import { assertSize, struct, u32 } from '../../base/struct.js'

/** Head of a note; name and description follow, each filled up to 4 bytes. System V gABI, chapter 5, "Note Section". */
export const noteHeader = struct({ nameSize: u32, descriptionSize: u32, type: u32 })
assertSize(noteHeader, 12)

export const NT_GNU_BUILD_ID = 3
