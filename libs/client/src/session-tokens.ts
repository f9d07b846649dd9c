/** The tokens of a sign-in: the refresh token is good once, so of many calls that need a new pair one asks and all wait. */
import { ProblemError } from './problem-error.js';

export interface SessionTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface TokenHolder {
  accessToken: string | undefined;
  refreshToken: string | undefined;
}

export class Renewal {
  private running: Promise<void> | undefined;

  constructor(
    private readonly holder: TokenHolder,
    private readonly ask: (refreshToken: string) => Promise<SessionTokens>,
    private readonly changed: (tokens: SessionTokens | undefined) => void,
  ) {}

  /**
   * True when there is another access token than the one that was refused. Throws `session-over` when the session has
   * ended, and what `fetch` throws when nobody answered: then it is not known whether the refresh token was used, and the
   * next call finds out.
   */
  async after(refused: string | undefined): Promise<boolean> {
    if (refused === undefined) return false;
    const { accessToken, refreshToken } = this.holder;
    if (accessToken === refused && refreshToken !== undefined)
      await (this.running ??= this.renew(refreshToken).finally(() => (this.running = undefined)));
    return this.holder.accessToken !== undefined && this.holder.accessToken !== refused;
  }

  keep(tokens: SessionTokens | undefined): void {
    this.holder.accessToken = tokens?.accessToken;
    this.holder.refreshToken = tokens?.refreshToken;
    this.changed(tokens);
  }

  private async renew(refreshToken: string): Promise<void> {
    try {
      const { accessToken, refreshToken: next } = await this.ask(refreshToken);
      this.keep({ accessToken, refreshToken: next });
    } catch (error) {
      if (ProblemError.is(error, 'session-over')) this.keep(undefined);
      throw error;
    }
  }
}
