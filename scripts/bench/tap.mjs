// A guest with a tap, and a program at its far end, in a network namespace that only they see.

/** The command that runs `far` (10.0.0.1) while `guest` (10.0.0.2) runs, and ends with it. What `far` prints goes to stderr. */
export function underTap(far, guest) {
  const steps = [
    'ip tuntap add tap0 mode tap && ip address add 10.0.0.1/24 dev tap0 && ip link set tap0 up && ip link set lo up',
    'count=$1; shift; far=',
    'while [ $count -gt 0 ]; do far="$far $1"; shift; count=$((count - 1)); done',
    '$far >&2 & peer=$!',
    '"$@"; status=$?; kill $peer 2>/dev/null; wait $peer; exit $status',
  ]
  return ['unshare', '-n', 'sh', '-c', steps.join('\n'), 'tap', String(far.length), ...far, ...guest]
}
