// Requests to other origins (the API, pictures) go straight to the network: the worker must neither cache nor change them.
self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).origin !== self.location.origin) event.stopImmediatePropagation();
});
importScripts('./ngsw-worker.js');
