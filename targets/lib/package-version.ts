/**
 * A version of semver as the package managers order theirs. `1.2.3-rc.1` comes before 1.2.3 there, too: dpkg and rpm know `~`, apk a
 * list of words.
 */
export function debianVersion(version: string): string {
  const { numbers, prerelease, rest } = parts(version)
  const before = prerelease === '' ? '' : `~${prerelease}`
  const behind = rest === '' ? '' : `+${rest}`
  return `${numbers}${before}${behind}`.replaceAll('-', '.')
}

/** rpm's alphabet is the same. */
export const rpmVersion = debianVersion

export function apkVersion(version: string): string {
  const { numbers, prerelease } = parts(version)
  const [, word = 'pre', number = ''] = /^(alpha|beta|pre|rc)?[^0-9]*(\d*)/.exec(prerelease) ?? []
  return `${numbers}${prerelease === '' ? '' : `_${word}${number}`}-r0`
}

function parts(version: string): { numbers: string; prerelease: string; rest: string } {
  const match = /^v?(\d+(?:\.\d+)*)(?:-([^+]*))?(?:\+(.*))?$/.exec(version)
  const plain = (text = '') => text.replace(/[^0-9A-Za-z.-]+/g, '.')
  if (match === null) return { numbers: '0', prerelease: '', rest: plain(version) }
  return { numbers: match[1] ?? '0', prerelease: plain(match[2]), rest: plain(match[3]) }
}
