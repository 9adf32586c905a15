// Runs pusher-js on a socket that is none. Reads one operation a line from stdin, and writes for each one line: the list
// of what pusher-js told the application meanwhile, in the words of told.rs.
'use strict';

const fs = require('fs');
const path = require('path');
const Pusher = require(path.join(process.env.PUSHER_JS_DIR, 'node_modules', 'pusher-js'));

let socket = null;
let pusher = null;
let told = [];
let answers = {};
let user = null;

class FakeSocket {
  constructor() { socket = this; }
  send() {}
  close() {}
}
// As a browser's: only this is asked for a socket.
Pusher.Runtime.createWebSocket = () => new FakeSocket();
Pusher.log = () => {};
process.on('unhandledRejection', () => {});

const SERVER_TO_USER = '#server-to-user-';
const text = (id) => (id === undefined || id === null ? null : String(id));

// Calls `tell` with the arguments of each call of `object[method]`.
function listen(object, method, tell) {
  const original = object[method];
  object[method] = function (...args) {
    tell(...args);
    return original.apply(this, args);
  };
}

function tellChannel(name) {
  return (event, data, metadata) => {
    switch (event) {
      case 'pusher:subscription_succeeded': {
        const entry = { subscribed: name };
        if (name.startsWith('presence-')) {
          entry.count = data.count;
          entry.members = {};
          for (const [id, info] of Object.entries(data.members)) entry.members[id] = info;
        }
        return told.push(entry);
      }
      case 'pusher:subscription_error':
        return told.push({ failed: name, code: data && data.status, text: data && data.error });
      case 'pusher:member_added':
        return told.push({ added: name, id: text(data.id), info: data.info });
      case 'pusher:member_removed':
        return told.push({ removed: name, id: text(data.id) });
      case 'pusher:subscription_count':
        return told.push({ counted: name, count: data.subscription_count });
      case 'pusher:cache_miss':
        return told.push({ cache_miss: name });
      case 'pusher:error':
      case 'pusher:ping':
      case 'pusher:pong':
      case 'pusher:signin_success':
        return undefined; // told by the connection and the user
      default:
        if (String(event).startsWith('pusher:')) return told.push({ other: event, channel: name, data });
        return told.push({ message: event, channel: name, data, user: metadata && text(metadata.user_id) });
    }
  };
}

function tellMessage(message) {
  const { event, channel, data } = message;
  const known = channel && pusher.channel(channel);
  const isUsers = pusher.user.serverToUserChannel && pusher.user.serverToUserChannel.name === channel;
  const isProtocols = /^pusher:(error|ping|pong|signin_success)$/.test(event) || event.startsWith('pusher_internal:');
  if (!known && !isUsers && !isProtocols) told.push({ other: event, channel: text(channel), data });
}

function tellError(error) {
  if (error.type === 'MessageParseError') return told.push({ bad: true });
  if (error.type !== 'PusherError') return told.push({ broken: error.type });
  const data = error.data;
  if (data === null || typeof data !== 'object') return told.push({ error: true, text: data });
  return told.push({ error: true, code: data.code, text: data.message });
}

async function begin() {
  if (pusher) pusher.disconnect();
  socket = null;
  answers = {};
  user = null;
  pusher = new Pusher('key', {
    cluster: '',
    wsHost: '127.0.0.1',
    forceTLS: false,
    enabledTransports: ['ws'],
    channelAuthorization: { customHandler: ({ channelName }, callback) => callback(null, { ...answers[channelName] }) },
    userAuthentication: { customHandler: (_, callback) => callback(null, user) },
  });
  pusher.connection.bind('error', tellError);
  pusher.connection.bind('message', tellMessage);
  listen(pusher.user, 'emit', (event, data) => told.push({ user: event, data }));
  listen(pusher.user.watchlist, 'emit', (name, change) => told.push({ watchlist: name, ids: change.user_ids }));
  const signedIn = pusher.user._onSigninSuccess;
  pusher.user._onSigninSuccess = function (data) {
    signedIn.call(this, data);
    if (this.user_data) told.push({ signed_in: this.user_data.id });
  };
  for (let turn = 0; !socket; turn++) {
    if (turn > 1000) throw new Error('pusher-js asks for no socket');
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  socket.onopen();
}

async function run(operation) {
  switch (operation.op) {
    case 'session':
      return begin();
    case 'in':
      // pusher-js has closed the connection; a socket would deliver nothing more.
      if (!socket.onmessage) return undefined;
      return socket.onmessage({ data: operation.text });
    case 'subscribe': {
      answers[operation.channel] = operation.answer;
      const known = pusher.channel(operation.channel);
      if (!known) {
        const channel = pusher.channels.add(operation.channel, pusher);
        listen(channel, 'emit', tellChannel(operation.channel));
      } else if (!known.subscribed) {
        // After a failure pusher-js goes on waiting; the application asks again.
        known.subscriptionPending = false;
      }
      return pusher.subscribe(operation.channel);
    }
    case 'unsubscribe':
      return pusher.unsubscribe(operation.channel);
    case 'sign_in':
      user = operation.answer;
      return pusher.signin();
    default:
      throw new Error(`unknown operation ${operation.op}`);
  }
}

// Halves of surrogate pairs cannot be written as UTF-8.
function wellFormed(key, value) {
  if (typeof value === 'string') return value.toWellFormed();
  if (value && typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), inner]));
  }
  return value;
}

(async () => {
  const lines = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean);
  const out = [];
  for (const line of lines) {
    told = [];
    try {
      await run(JSON.parse(line));
    } catch (error) {
      told.push({ thrown: String(error) });
    }
    // What pusher-js puts off until later, it does now.
    await new Promise((resolve) => setImmediate(resolve));
    out.push(JSON.stringify(told, wellFormed));
  }
  process.stdout.write(out.join('\n') + '\n', () => process.exit(0));
})();
