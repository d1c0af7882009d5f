// mocha's spec reporter, which also writes {passed, failed, pending} to the file named by the option `file`.
const { writeFileSync } = require('node:fs')
const Spec = require('mocha/lib/reporters/spec')

module.exports = class extends Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      writeFileSync(
        options.reporterOptions.file,
        JSON.stringify({ passed: passes, failed: failures, pending }),
      )
    })
  }
}
