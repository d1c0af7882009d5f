import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  environmentOf,
  isOn,
  lastOf,
  parseServiceUnit,
  wordsOf,
} from '../../../../boot/containers/systemd-unit.js'
import { scratchFolder } from '../../../helpers/scratch.js'

describe('systemd units', () => {
  const scratch = scratchFolder()
  const unit = parseServiceUnit(`[Unit]
Description=100%% ours
[Service]
ExecStart=/usr/bin/shop --quick
EnvironmentFile=-settings
WorkingDirectory=%S/shop
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_CHOWN
CapabilityBoundingSet=
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
[Install]
WantedBy=multi-user.target
`)

  it('are read: the service alone, with its specifiers', () => {
    expect(lastOf(unit, 'Description')).to.equal(undefined)
    expect(wordsOf(unit, 'ExecStart')).to.deep.equal(['/usr/bin/shop', '--quick'])
    expect(lastOf(unit, 'WorkingDirectory')).to.equal('/var/lib/shop')
    expect(isOn(unit, 'NoNewPrivileges')).to.equal(true)
    expect(isOn(unit, 'PrivateTmp')).to.equal(false)
  })

  it('have keys that stand several times, and are forgotten by an empty one', () => {
    expect(unit.get('SystemCallFilter')).to.deep.equal(['@system-service', '~@privileged @resources'])
    expect(wordsOf(unit, 'CapabilityBoundingSet')).to.deep.equal([])
  })

  it('name files of variables, in whose quotes a backslash takes the next letter as it is', () => {
    writeFileSync(
      join(scratch(), 'settings'),
      '# a note\nPORT=80\nGREETING="say \\"hi\\" for \\$5 \\\\ \\`now\\`"\n',
    )
    expect(environmentOf(unit, scratch())).to.deep.equal({ PORT: '80', GREETING: 'say "hi" for $5 \\ `now`' })
  })
})
