import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

const program = `
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
    int fd = syscall(SYS_openat, AT_FDCWD, "/etc/hosts", O_RDONLY, 0);
    syscall(SYS_fork);
    syscall(SYS_fork);
    syscall(1000, 1, 2, 3);
    return fd == 3 ? 7 : 1;
}`

describe('the kernel parameter trace=sys', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  it('prints each system call with its arguments and result, and each refused one once with the reason', async () => {
    const root = join(scratch(), 'root')
    mkdirSync(root)
    writeFileSync(join(scratch(), 'calls.c'), program)
    await run('gcc', ['-O1', '-static', join(scratch(), 'calls.c'), '-o', join(root, 'init')])
    const { text, report } = await runGuest({
      rootfs: { folder: root, init: '/init' },
      output: join(scratch(), 'dist'),
      kernelWords: ['trace=sys'],
    })
    expect(report.status).to.equal(7)
    expect(text).to.match(/\[1\] openat\(-100, "\/etc\/hosts", 0x0, 00\) = 0x3\r?$/m)
    expect(text.match(/system call fork is not offered: .*process/g)).to.have.length(1)
    expect(text.match(/\[1\] fork\(\) = -38\r?$/gm)).to.have.length(2)
    expect(text).to.match(/\[1\] unknown\(\) = -38\r?$/m)
    expect(text).to.match(/\[1\] exit_group\(7\)\r?$/m)
  })
})
