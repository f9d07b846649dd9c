// Whether the program of this container is ready: for images that have Node and nothing else to ask with.
const port = process.env.PORT ?? '8080';

fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2500) }).then(
  ({ ok }) => process.exit(ok ? 0 : 1),
  () => process.exit(1),
);
