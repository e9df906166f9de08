// What happens behind the scenes, as the sandbox tells it.
const MAX_JOBS = 100;
const MAX_CALLS = 1000;

/** titled is a name as people read it. */
export const titled = (name) => name === "no-balance" ? "Out of balance" : name[0].toUpperCase() + name.slice(1).replaceAll("-", " ");

/** Backstage tells of a change by an event of the name of what is another; "job" and "call" are one of theirs. */
export class Backstage extends EventTarget {
  bot = {};
  gateway = {};
  faults = {};
  pace = {};
  dialect = {};
  jobs = new Map(); // by id, oldest first
  calls = []; // oldest first

  replace(all) {
    this.step({ ...all, jobs: new Map(all.jobs.map((j) => [j.id, j])) });
  }

  step(changes) {
    const { job, call, ...rest } = changes;
    Object.assign(this, rest);
    if (job) this.jobs.set(job.id, job);
    if (this.jobs.size > MAX_JOBS) this.jobs.delete(this.jobs.keys().next().value);
    if (call && this.calls.push(call) > MAX_CALLS) this.calls.shift();
    for (const [name, detail] of Object.entries(changes)) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** on says in words which faults are on. */
  get on() {
    return Object.entries(this.faults).flatMap(([side, { known, on }]) => known.filter((f) => on.includes(f.name))
      .map((f) => `${titled(side)}: ${titled(f.name)}. Watch: ${f.watch || f.description}`));
  }
}
