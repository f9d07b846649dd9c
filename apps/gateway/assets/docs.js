/* The documentation's page: signed in once, every call can be tried, and each shows what the ones before it wrote. */
/* global document, window, fetch, FormData */

let token;
const form = document.querySelector('#sign-in');
const told = form.querySelector('output');

function keep({ accessToken, userId }) {
  window.ui.preauthorizeApiKey('bearer', accessToken);
  told.value = `Signed in; your user id is ${userId}`;
}

window.ui = window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  requestInterceptor: request => {
    if (token && !request.loadSpec) request.headers['Consistency-Token'] ??= token;
    return request;
  },
  responseInterceptor: response => {
    token = response.headers?.['consistency-token'] ?? token;
    if (response.status === 201 && /\/sessions(\/refresh)?$/.test(response.url)) keep(JSON.parse(response.text));
    return response;
  },
});

form.addEventListener('submit', async event => {
  event.preventDefault();
  told.value = 'Signing in ...';
  try {
    const response = await fetch('/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    const body = await response.json();
    if (response.ok) keep(body);
    else told.value = `${body.title}. ${body.detail}`;
  } catch {
    told.value = 'The shop did not answer; try again.';
  }
});
