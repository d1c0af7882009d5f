import { writeFileSync } from 'node:fs'
import { UserError } from '../base/user-error.js'
import type { ConsoleRecord } from '../boot/console.js'
import { createTimeline, type Phase, timelineText } from '../boot/timeline.js'
import { timelineHtml } from '../boot/timeline-html.js'

export interface BootTrace {
  readonly onRecord: (record: ConsoleRecord) => void
  /** The run is over: prints what has not been printed yet. Returns the phases, for --json. */
  end(): readonly Phase[]
}

/** `boot --trace`: prints the timeline once the app has answered, or at the end; `html` is a file to draw it into. */
export function createBootTrace(
  title: string,
  html: string | undefined,
  print: (text: string) => void,
): BootTrace {
  const timeline = createTimeline()
  if (html !== undefined) save(html, '') // says at once when it cannot be written
  let told = 0
  const tell = () => {
    const phases = timeline.phases()
    if (phases.length === told) return
    told = phases.length
    print(timelineText(phases))
    if (html !== undefined) save(html, timelineHtml(title, phases))
  }
  return {
    onRecord(record) {
      timeline.push(record)
      if (record.key === 'mark' && timeline.answered()) tell()
    },
    end() {
      tell()
      return timeline.phases()
    },
  }
}

function save(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UserError(`cannot write ${file}: ${(error as Error).message}`)
  }
}
