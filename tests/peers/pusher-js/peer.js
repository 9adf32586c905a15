// A member of a room, by pusher-js: prints one JSON object for each thing it sees.
//
//     node peer.js PORT KEY SECRET MASTER_KEY PRESENCE_CHANNEL ENCRYPTED_CHANNEL AUDIENCE
//
// It greets when AUDIENCE joins. PUSHER_JS_DIR says where pusher-js is.
'use strict';

const crypto = require('crypto');
const path = require('path');
const Pusher = require(path.join(process.env.PUSHER_JS_DIR, 'node_modules', 'pusher-js'));

const [port, key, secret, masterKey, room, vault, audience] = process.argv.slice(2);
const say = (kind, rest) => console.log(JSON.stringify({ kind, ...rest }));
const sign = (text) => `${key}:${crypto.createHmac('sha256', secret).update(text).digest('hex')}`;

function authorize({ socketId, channelName }, callback) {
  if (channelName.startsWith('presence-')) {
    const data = JSON.stringify({ user_id: 'js', user_info: { by: 'pusher-js' } });
    return callback(null, { auth: sign(`${socketId}:${channelName}:${data}`), channel_data: data });
  }
  const shared = crypto.createHash('sha256').update(channelName).update(masterKey).digest('base64');
  return callback(null, { auth: sign(`${socketId}:${channelName}`), shared_secret: shared });
}

const pusher = new Pusher(key, {
  cluster: '',
  wsHost: '127.0.0.1',
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ['ws'],
  channelAuthorization: { customHandler: authorize },
});

const channel = pusher.subscribe(room);
channel.bind('pusher:subscription_succeeded', (members) => say('members', { members: members.members }));
channel.bind('pusher:member_removed', (member) => say('left', { id: member.id }));
channel.bind('client-greeting', (data, metadata) => say('greeting', { data, from: metadata.user_id }));
channel.bind('pusher:member_added', (member) => {
  say('joined', { id: member.id, info: member.info });
  if (member.id === audience) channel.trigger('client-greeting', { by: 'pusher-js', text: 'é😀"\\' });
});

const encrypted = pusher.subscribe(vault);
encrypted.bind('pusher:subscription_succeeded', () => say('subscribed', {}));
encrypted.bind('secret', (data) => say('secret', { data }));

setTimeout(() => process.exit(1), 60_000);
