// One plain HTTP question to a service of this machine, without a proxy in between.
const { get } = require('node:http');

/** `{status, body}`, or `{error}` with the reason. */
const ask = (url, timeoutMs = 3000) =>
  new Promise(done => {
    const request = get(url, { agent: false, timeout: timeoutMs }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', chunk => (body += chunk));
      response.once('end', () => done({ status: response.statusCode, body }));
      response.once('error', error => done({ error: error.message }));
    });
    request.once('error', error => done({ error: error.message }));
    request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  });

/** Samples of a Prometheus text: `[{name, labels, value}]`. */
function samples(text) {
  return text
    .split('\n')
    .map(line => /^([a-z_0-9]+)(?:\{(.*)\})? ([^ ]+)/.exec(line))
    .filter(Boolean)
    .map(([, name, labels, value]) => ({
      name,
      labels: Object.fromEntries(
        [...(labels ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
      ),
      value: Number(value),
    }));
}

module.exports = { ask, samples };
