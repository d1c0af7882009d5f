import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { aboutApp } from '../../../../cli/config/about.js'
import { environmentFile } from '../../../../targets/lib/environment-file.js'
import { openrcScript } from '../../../../targets/lib/openrc-script.js'
import { manualPage } from '../../../../targets/lib/package-files.js'
import { sourceDate } from '../../../../targets/lib/source-date.js'
import { systemdUnit } from '../../../../targets/lib/systemd-unit.js'
import type { Build } from '../../../../targets/lib/target.js'

const app = (changes: Partial<Build>): Build =>
  ({
    name: 'shop',
    about: aboutApp('shop', {}, { description: 'Sells 100% of "it" for $5' }),
    port: 8080,
    ports: [8080],
    env: {},
    ...changes,
  }) as Build

describe('files of a service', () => {
  it('the environment is quoted as shells and systemd read it', () => {
    const env = { PLAIN: 'a b', ALL: 'a"b\\c`d$e', LINES: 'one\ntwo' }
    expect(environmentFile(app({ env })).split('\n').slice(1).join('\n')).to.equal(
      'PLAIN="a b"\nALL="a\\"b\\\\c\\`d\\$e"\nLINES="one\ntwo"\n',
    )
    expect(environmentFile(app({ env: { A: '1' } }), { exported: true })).to.match(/^export A="1"$/m)
  })

  it('a description stays text', () => {
    expect(systemdUnit(app({}), '/etc/default/shop')).to.include('\nDescription=Sells 100%% of "it" for $5\n')
    expect(openrcScript(app({}))).to.include('\ndescription="Sells 100% of \\"it\\" for \\$5"\n')
  })

  it('a description that ends with a backslash does not take the next line along', () => {
    const about = { ...app({}).about, description: 'for C:\\' }
    expect(systemdUnit(app({ about }), '/etc/default/shop')).to.include(
      '\nDescription=for C:\\ \nDocumentation=',
    )
  })

  it('the manual shows text as it is', async () => {
    const about = { ...app({}).about, description: ".it's `a-b` ~^ \\d" }
    const { data } = manualPage(app({ about, env: { Q: "'q'" } })) as { data: Uint8Array }
    const page = gunzipSync(data).toString()
    expect(page).to.include('\nshop \\- \\&.it\\(aqs \\(gaa\\-b\\(ga \\(ti\\(ha \\ed\n')
    expect(page).to.include('\n\\&.it\\(aqs').and.to.include('\nDefault: \\(aqq\\(aq\n')
  })

  it('a port below 1024 brings the one right that it takes', () => {
    const high = systemdUnit(app({}), '/etc/default/shop')
    expect(high).to.include('\nCapabilityBoundingSet=\n').and.to.include('\nPrivateUsers=yes\n')
    const low = systemdUnit(app({ port: 80, ports: [80] }), '/etc/default/shop')
    expect(low).to.include(
      '\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n',
    )
    expect(low).not.to.include('PrivateUsers')
    expect(openrcScript(app({ port: 80, ports: [80] }))).to.include(
      '\ncapabilities="^cap_net_bind_service"\n',
    )
    expect(openrcScript(app({}))).not.to.include('capabilities')
  })
})

describe('sourceDate', () => {
  it('is what SOURCE_DATE_EPOCH says, else always the same', () => {
    expect(sourceDate({ SOURCE_DATE_EPOCH: '1700000000' })).to.equal(1_700_000_000)
    expect(sourceDate({})).to.equal(sourceDate({ SOURCE_DATE_EPOCH: '' }))
    expect(() => sourceDate({ SOURCE_DATE_EPOCH: 'today' })).to.throw('not a number of seconds')
  })
})
