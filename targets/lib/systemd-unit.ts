import { type Build, hasLowPort } from './target.js'

/**
 * systemd.service(5) of an app that listens: a user of its own that exists while it runs (DynamicUser), a state folder that only that
 * user sees, and of the system no more than a server needs, which says systemd.exec(5). `more`: what its packager adds or overrides.
 */
export function systemdUnit(build: Build, environmentFile: string, more: readonly string[] = []): string {
  const { name, about } = build
  // A backslash at the end would take the next line along.
  const description = about.description.replaceAll('%', '%%').replace(/\\$/, '$& ')
  const lowPort = hasLowPort(build)
  const capability = lowPort ? 'CAP_NET_BIND_SERVICE' : ''
  return `[Unit]
Description=${description}
Documentation=man:${name}(1)
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/bin/${name}
EnvironmentFile=-${environmentFile}
Restart=on-failure
RestartSec=1

DynamicUser=yes
StateDirectory=${name}
WorkingDirectory=%S/${name}
UMask=0077

CapabilityBoundingSet=${capability}
${lowPort ? 'AmbientCapabilities=CAP_NET_BIND_SERVICE\n' : ''}NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
${lowPort ? '' : 'PrivateUsers=yes\n'}RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
${more.map((line) => `${line}\n`).join('')}
[Install]
WantedBy=multi-user.target
`
}
