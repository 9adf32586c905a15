// Receives events with pusher-js and prints the cost; see src/bin/end_to_end.rs.
//
//     node client.js PORT COUNT
//
// PUSHER_JS_DIR is the directory of pusher-js.
'use strict';

const path = require('path');
const Pusher = require(path.join(process.env.PUSHER_JS_DIR, 'node_modules', 'pusher-js'));

const [port, count] = process.argv.slice(2).map(Number);
let left = count;
let ids = 0;
let started;

const pusher = new Pusher('app-key', {
  cluster: '',
  wsHost: '127.0.0.1',
  wsPort: port,
  forceTLS: false,
  enabledTransports: ['ws'],
});
const channel = pusher.subscribe('market');
channel.bind('pusher:subscription_succeeded', () => {
  console.log('ready');
  started = process.cpuUsage();
});
// pusher-js parses the data as JSON.
channel.bind('price', (data) => {
  ids += data.id;
  left -= 1;
  if (left > 0) return;
  const { user, system } = process.cpuUsage(started);
  console.log(`done ${(user + system) * 1000} ${ids} ${count}`);
  process.exit(0);
});
