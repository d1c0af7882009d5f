import { awaitAnswer, givesSign, type Life, portWasTaken, startLife } from './life.js'
import type { RunOrder, StartApp } from './run-order.js'
import { within } from './wait-error.js'

/** Seconds in which an app that hangs has said nothing, after a wait ran out. */
const silence = 10
/** Seconds without a sign after which a program of which nobody knows whether it serves is taken not to. */
const settling = 5

/** The app under a suite: one start shared by the tests, and another whenever an earlier test has ended it. */
export class AppRun {
  readonly order: RunOrder
  /** Every start so far. */
  readonly lives: Life[] = []
  /** Whether it answers HTTP; undefined: not known. */
  serves: boolean | undefined
  /** What was thrown in place of a start. */
  startError: unknown
  /** Why it is taken to hang. */
  hung: string | undefined
  readonly #start: StartApp
  /** Counts the tests. */
  #test = 0

  constructor(order: RunOrder, start: StartApp) {
    this.order = order
    this.serves = order.serves
    this.#start = start
  }

  get last(): Life {
    const life = this.lives.at(-1)
    if (life === undefined) throw new Error('the app has not been started')
    return life
  }

  /** Starts it and waits until it answers, if it serves; false: it does not run as it should, and the rest of this says why. */
  async begin(): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.lives.push(await startLife(this.#start, () => this.#test))
      } catch (error) {
        this.startError = error
        return false
      }
      if (await this.#ready(this.last)) return true
      if (attempt === 3 || !portWasTaken(this.last)) return false
      this.lives.pop()
    }
  }

  /** A test has ended: what needs the app from here on starts it again. */
  nextTest(): void {
    this.#test++
  }

  /** The app as it runs now; a server that ended in an earlier test is started first. It may have ended in this one. */
  async running(): Promise<Life> {
    const life = this.last
    if (life.report === undefined || this.serves !== true || life.endedDuring === this.#test) return life
    return this.#beginAgain()
  }

  async restart(): Promise<void> {
    const life = this.last
    life.asked ??= 'stop'
    if (life.report === undefined) await life.guest.shutdown()
    await within(this.order.timeout, life.ended, 'the app did not stop')
    await this.#beginAgain()
  }

  /** A wait ran out: an app that gives no sign of life any more hangs. */
  async checkAlive(): Promise<void> {
    const life = this.lives.at(-1)
    if (life === undefined || life.report !== undefined) return
    const alive =
      this.serves === true ? await awaitAnswer(life, silence * 1000) : await givesSign(life, silence)
    if (!alive && life.report === undefined)
      this.#giveUp(life, `a wait ran out, and there was no sign of life in ${silence} s more`)
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    const life = this.lives.at(-1)
    if (life === undefined) return
    if (life.report === undefined) {
      await this.#timeline(life)
      life.asked = 'any'
      life.guest.kill()
    }
    await life.ended
  }

  // A suite may be over before the kernel has told of the boot.
  async #timeline(life: Life): Promise<void> {
    if (!this.order.traced || life.firstResponseMs === undefined) return
    while (!life.timelineDone() && life.report === undefined && (await givesSign(life, 1)));
  }

  async #beginAgain(): Promise<Life> {
    if (!(await this.begin())) throw new Error('the app did not start again')
    return this.last
  }

  async #ready(life: Life): Promise<boolean> {
    const { timeout } = this.order
    if (this.serves === undefined) this.serves = await this.#answersOrSettles(life)
    else if (this.serves) await awaitAnswer(life, timeout * 1000)
    if (this.serves === false || life.firstResponseMs !== undefined) return true
    const what = this.serves === true ? 'did not answer' : 'neither wrote nor answered'
    if (life.report === undefined) this.#giveUp(life, `it ${what} in ${timeout} s`)
    await life.ended
    return false
  }

  #giveUp(life: Life, why: string): void {
    this.hung ??= why
    life.asked = 'any'
    life.guest.kill()
  }

  // It serves if it answers; it does not when it ends, or has nothing more to say. Undefined: it has never said anything.
  async #answersOrSettles(life: Life): Promise<boolean | undefined> {
    let sign = false
    const settles = async () => {
      await life.firstSign
      sign = true
      while (life.report === undefined && (await givesSign(life, settling)));
      return false
    }
    const serves = await Promise.race([awaitAnswer(life, this.order.timeout * 1000), settles()])
    return serves || sign || life.report !== undefined ? serves : undefined
  }
}
