// Keeps one process running: starts it again when it ends, more slowly when it keeps ending, and says so.
const { setTimeout: pause } = require('node:timers/promises');
const { endProcess } = require('../embedded/processes.cjs');

/** A process that did its work this long was well; its next end is a first one. */
const WELL_MS = 10_000;
/** Who waits for the first start is not left waiting longer for one that takes its time to fail. */
const PATIENCE_MS = 30_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 15_000;
/** So many quick ends in a row are a crash loop. */
const LOOP = 4;

const causeOf = ({ code, signal }) => (signal ? `killed by ${signal}` : `exit code ${code}`);

class Supervised {
  /**
   * `launch()` gives `{pid, child, ready, stop()}` where `ready` resolves when it does its work; `logged()` gives the end of
   * its log and `logFile` says where the whole is. `say` hears state changes, `changed` that the process is another one.
   */
  constructor({ name, launch, say, changed, logged, logFile, wait = pause }) {
    Object.assign(this, { name, launch, say, changed, logged, logFile, wait });
    this.quickEnds = 0;
    this.stopping = false;
  }

  get pid() {
    return this.running?.pid;
  }

  /** Resolves when it is ready for the first time; rejects when it ends with a wrong setting or keeps ending. */
  async start() {
    await new Promise((ready, failed) => {
      this.firstStart = { ready, failed };
      this.kept = this.keepRunning();
    });
    this.firstStart = undefined;
  }

  /** Resolves when it has ended, also where it was just being started: nobody would stop it later. */
  async stop() {
    this.stopping = true;
    this.goOn?.();
    await this.running?.stop();
    await this.kept;
  }

  /** Ends it, without the good order that nothing here depends on, to start it at once again; resolves when it is ready. */
  async restart() {
    this.back ??= new Promise(done => (this.isBack = done));
    const { back } = this;
    this.quickEnds = 0;
    if (this.running) {
      this.restarting = true;
      await endProcess(this.running.pid, ['SIGKILL']);
    } else this.goOn?.();
    await back;
  }

  async keepRunning() {
    this.began = Date.now();
    for (let again = false; !this.stopping; again = true) {
      this.readyAt = Infinity;
      const end = await this.runOnce(again);
      if (this.stopping) return;
      if (this.restarting) {
        this.restarting = false;
        continue;
      }
      this.quickEnds = Date.now() - this.readyAt < WELL_MS ? this.quickEnds + 1 : 1;
      if (this.givesUp(end)) return;
      const delay = Math.min(FIRST_DELAY_MS * 2 ** (this.quickEnds - 1), LONGEST_DELAY_MS);
      // Whoever changed its code waits to hear what is wrong with it.
      if (this.back && this.quickEnds === 1) this.say(`${this.name} does not start (${end.cause})${this.why()}`);
      else if (this.quickEnds < LOOP) this.say(`${this.name} stopped (${end.cause}); starting it again`);
      else
        this.say(
          `${this.name} has stopped ${this.quickEnds} times in a row (${end.cause}); next try in ${delay / 1000} s${this.why()}`,
        );
      await Promise.race([this.wait(delay), new Promise(done => (this.goOn = done))]);
    }
  }

  /** Resolves with how it ended. */
  async runOnce(again) {
    try {
      const running = await this.launch();
      const ended = new Promise(done => {
        const { child } = running;
        if (child.exitCode !== null || child.signalCode !== null) done([child.exitCode, child.signalCode]);
        child.once('exit', (code, signal) => done([code, signal]));
        child.once('error', error => done([error.code, null]));
      }).then(([code, signal]) => ({ code, cause: causeOf({ code, signal }) }));
      this.running = running;
      // Asked to stop while it was being started.
      if (this.stopping) await running.stop();
      void Promise.race([running.ready, ended]).then(end => {
        if (end || this.stopping) return;
        this.readyAt = Date.now();
        this.changed();
        if (this.back) this.isBack();
        else if (again) this.say(`${this.name} is back (pid ${running.pid})`);
        this.back = undefined;
        this.firstStart?.ready();
      });
      return await ended;
    } catch (error) {
      return { code: error.exitCode ?? 1, cause: error.message };
    } finally {
      this.running = undefined;
    }
  }

  givesUp({ code, cause }) {
    const patient = this.quickEnds < LOOP && Date.now() - this.began < PATIENCE_MS;
    if (!this.firstStart || (code !== 78 && patient)) return false;
    const error = new Error(`${this.name} does not start (${cause})${this.why()}`);
    error.exitCode = code === 78 ? 78 : 1;
    this.firstStart.failed(error);
    return true;
  }

  why() {
    const lines = this.logged();
    return `${lines ? `; its last words:\n${lines.replaceAll(/^/gm, '    ')}\n ` : '.'} The whole log: ${this.logFile}`;
  }
}

module.exports = { Supervised };
