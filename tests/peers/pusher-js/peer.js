// A member of a presence channel, with pusher-js. Prints each report as a JSON object per line.
//
//     node peer.js PORT KEY SECRET MASTER_KEY PRESENCE_CHANNEL ENCRYPTED_CHANNEL AUDIENCE
//
// Sends a greeting when AUDIENCE joins. PUSHER_JS_DIR is the directory of pusher-js.
'use strict';

const crypto = require('crypto');
const path = require('path');
const Pusher = require(path.join(process.env.PUSHER_JS_DIR, 'node_modules', 'pusher-js'));

const [port, key, secret, masterKey, room, vault, audience] = process.argv.slice(2);
const report = (kind, rest) => console.log(JSON.stringify({ kind, ...rest }));
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
channel.bind('pusher:subscription_succeeded', (members) => report('members', { members: members.members }));
channel.bind('pusher:member_removed', (member) => report('left', { id: member.id }));
channel.bind('client-greeting', (data, metadata) => report('greeting', { data, from: metadata.user_id }));
channel.bind('pusher:member_added', (member) => {
  report('joined', { id: member.id, info: member.info });
  if (member.id === audience) channel.trigger('client-greeting', { by: 'pusher-js', text: 'é😀"\\' });
});

const encrypted = pusher.subscribe(vault);
encrypted.bind('pusher:subscription_succeeded', () => report('subscribed', {}));
encrypted.bind('secret', (data) => report('secret', { data }));

setTimeout(() => process.exit(1), 60_000);
