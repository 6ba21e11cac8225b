/** A mistake of the caller or of the machine, told in a sentence; everything else keeps its stack. */
export class CliError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CliError';
  }
}
