/** The quickstart cannot go on; `fix` is one sentence that a person can act on. */
export class Stopped extends Error {
  readonly code: string;
  readonly fix: string;
  constructor(code: string, problem: string, fix: string) {
    super(problem);
    this.name = "Stopped";
    this.code = code;
    this.fix = fix;
  }
}
