// Runs pusher-js on a fake socket. Reads one operation per line from stdin and writes one line for each: the list of
// the reports of pusher-js to the application, in the format of ours.rs.
'use strict';

const fs = require('fs');
const path = require('path');
const Pusher = require(path.join(process.env.PUSHER_JS_DIR, 'node_modules', 'pusher-js'));

let socket = null;
let pusher = null;
let reports = [];
let answers = {};
let user = null;

class FakeSocket {
  constructor() { socket = this; }
  send() {}
  close() {}
}
// Replaces the function with which pusher-js opens every socket.
Pusher.Runtime.createWebSocket = () => new FakeSocket();
Pusher.log = () => {};
process.on('unhandledRejection', () => {});

const SERVER_TO_USER = '#server-to-user-';
const text = (id) => (id === undefined || id === null ? null : String(id));

// Makes each call of `object[method]` also call `report` with its arguments.
function listen(object, method, report) {
  const original = object[method];
  object[method] = function (...args) {
    report(...args);
    return original.apply(this, args);
  };
}

function reportChannel(name) {
  return (event, data, metadata) => {
    switch (event) {
      case 'pusher:subscription_succeeded': {
        const entry = { subscribed: name };
        if (name.startsWith('presence-')) {
          entry.count = data.count;
          entry.members = {};
          for (const [id, info] of Object.entries(data.members)) entry.members[id] = info;
        }
        return reports.push(entry);
      }
      case 'pusher:subscription_error':
        return reports.push({ failed: name, code: data && data.status, text: data && data.error });
      case 'pusher:member_added':
        return reports.push({ added: name, id: text(data.id), info: data.info });
      case 'pusher:member_removed':
        return reports.push({ removed: name, id: text(data.id) });
      case 'pusher:subscription_count':
        return reports.push({ counted: name, count: data.subscription_count });
      case 'pusher:cache_miss':
        return reports.push({ cache_miss: name });
      case 'pusher:error':
      case 'pusher:ping':
      case 'pusher:pong':
      case 'pusher:signin_success':
        return undefined; // reported by the connection and the user
      default:
        if (String(event).startsWith('pusher:')) return reports.push({ other: event, channel: name, data });
        return reports.push({ message: event, channel: name, data, user: metadata && text(metadata.user_id) });
    }
  };
}

function reportMessage(message) {
  const { event, channel, data } = message;
  const known = channel && pusher.channel(channel);
  const isUsers = pusher.user.serverToUserChannel && pusher.user.serverToUserChannel.name === channel;
  const isProtocols = /^pusher:(error|ping|pong|signin_success)$/.test(event) || event.startsWith('pusher_internal:');
  if (!known && !isUsers && !isProtocols) reports.push({ other: event, channel: text(channel), data });
}

function reportError(error) {
  if (error.type === 'MessageParseError') return reports.push({ bad: true });
  if (error.type !== 'PusherError') return reports.push({ broken: error.type });
  const data = error.data;
  if (data === null || typeof data !== 'object') return reports.push({ error: true, text: data });
  return reports.push({ error: true, code: data.code, text: data.message });
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
  pusher.connection.bind('error', reportError);
  pusher.connection.bind('message', reportMessage);
  listen(pusher.user, 'emit', (event, data) => reports.push({ user: event, data }));
  listen(pusher.user.watchlist, 'emit', (name, change) => reports.push({ watchlist: name, ids: change.user_ids }));
  const signedIn = pusher.user._onSigninSuccess;
  pusher.user._onSigninSuccess = function (data) {
    signedIn.call(this, data);
    if (this.user_data) reports.push({ signed_in: this.user_data.id });
  };
  for (let turn = 0; !socket; turn++) {
    if (turn > 1000) throw new Error('pusher-js opens no socket');
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
        listen(channel, 'emit', reportChannel(operation.channel));
      } else if (!known.subscribed) {
        // After a failure pusher-js keeps waiting; this makes it subscribe again.
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

// Replaces unpaired surrogates, which UTF-8 cannot represent.
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
    reports = [];
    try {
      await run(JSON.parse(line));
    } catch (error) {
      reports.push({ thrown: String(error) });
    }
    // Runs the work that pusher-js has deferred.
    await new Promise((resolve) => setImmediate(resolve));
    out.push(JSON.stringify(reports, wellFormed));
  }
  process.stdout.write(out.join('\n') + '\n', () => process.exit(0));
})();
