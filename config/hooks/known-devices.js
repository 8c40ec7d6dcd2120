// known-devices.js: only devices of one maker may log in, by the first half of their MAC address.
// In config/sites/default.yaml, under authorize, before "users":   - js: hooks/known-devices.js

var makers = ['0C-EA-14', 'B8-27-EB'];

var mac = (request.get('Calling-Station-Id') || '').toUpperCase().replace(/[^0-9A-F]/g, '');
var maker = mac.substr(0, 2) + '-' + mac.substr(2, 2) + '-' + mac.substr(4, 2);
if (makers.indexOf(maker) >= 0)
  return;

log.info(request.get('User-Name') + ' came with ' + maker + ' from ' + client.name);
reply.set('Reply-Message', 'This device is not known here.');
return 'reject';
