import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Journal, openJournal } from '../../../publish/ami/journal.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('journal of an upload', () => {
  const scratch = scratchFolder()
  const disk = 'd'.repeat(64)
  const file = (name: string) => join(scratch(), 'state', name)
  const content = ({ snapshotId, sent, complete }: Journal) => ({ snapshotId, sent: [...sent], complete })

  function begun(name: string): Journal {
    const journal = openJournal(file(name), disk)
    expect(content(journal)).to.deep.equal({ snapshotId: undefined, sent: [], complete: false })
    journal.begin('snap-1')
    journal.add(7)
    journal.add(130)
    return journal
  }

  it('tells a later run what was sent', () => {
    const journal = begun('a')
    expect(content(openJournal(file('a'), disk))).to.deep.equal({
      snapshotId: 'snap-1',
      sent: [7, 130],
      complete: false,
    })
    journal.end()
    expect(openJournal(file('a'), disk).complete).to.equal(true)
    journal.remove()
    expect(existsSync(file('a'))).to.equal(false)
    expect(content(journal)).to.deep.equal({ snapshotId: undefined, sent: [], complete: false })
  })

  it('does not believe a line that was not written to its end, nor adds to it', () => {
    begun('b')
    writeFileSync(file('b'), readFileSync(file('b'), 'utf8').slice(0, -2)) // 13, of 130
    openJournal(file('b'), disk).add(9)
    expect(content(openJournal(file('b'), disk)).sent).to.deep.equal([7, 9])
    writeFileSync(file('c'), '{"snapshotId":"snap-')
    expect(openJournal(file('c'), disk).snapshotId).to.equal(undefined)
  })

  it('forgets what it knew of a snapshot when another is begun', () => {
    const journal = begun('d')
    journal.begin('snap-2')
    expect(content(openJournal(file('d'), disk))).to.deep.equal({
      snapshotId: 'snap-2',
      sent: [],
      complete: false,
    })
  })

  it('is not taken for that of another disk, nor another file for it', () => {
    begun('e')
    expect(() => openJournal(file('e'), 'another')).to.throw(
      'this file is not the journal of an upload of this disk',
    )
    for (const text of ['notes', '{"a":1}\n', '1\n2\n']) {
      writeFileSync(file('f'), text)
      expect(() => openJournal(file('f'), disk)).to.throw('this file is not the journal')
      expect(readFileSync(file('f'), 'utf8')).to.equal(text)
    }
  })

  it('says how to go on when its folder cannot be written', () => {
    writeFileSync(file('g'), '')
    expect(() => openJournal(join(file('g'), 'journal'), disk).begin('snap-1'))
      .to.throw('the journal of the upload cannot be written')
      .with.property('hint', 'choose another file: --resume FILE')
  })
})
