// What cannot be done as asked: nothing was changed, and the message says what to do.

/** `code`: bad-usage, bad-name, unknown-service, unknown-event, name-taken, file-exists, place-not-found. */
class RefusedError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

module.exports = { RefusedError };
