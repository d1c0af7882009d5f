import { type Build, hasLowPort } from './target.js'

/** openrc-run(8), with supervise-daemon(8): started again when it fails, as its own user, without a way to more rights. */
export function openrcScript(build: Build): string {
  const { name } = build
  const description = build.about.description.replace(/["\\`$]/g, '\\$&')
  const lowPort = hasLowPort(build)
  return `#!/sbin/openrc-run

name="${name}"
description="${description}"
supervisor="supervise-daemon"
command="/usr/bin/${name}"
command_user="${name}:${name}"
directory="/var/lib/${name}"
umask="0077"
respawn_delay="1"
${lowPort ? 'capabilities="^cap_net_bind_service"\n' : ''}no_new_privs="yes"
output_logger="logger -t ${name} -p daemon.info"
error_logger="logger -t ${name} -p daemon.err"

depend() {
	need net
	use logger
	after firewall
}

start_pre() {
	checkpath --directory --mode 0750 --owner "$command_user" "$directory"
}
`
}
