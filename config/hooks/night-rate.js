// night-rate.js: more speed between 01:00 and 06:00, local time.
// In config/sites/default.yaml, under post-auth, behind "attributes":   - js: hooks/night-rate.js

var hour = new Date().getHours();
if (hour < 1 || hour >= 6)
  return;                                   // nothing is noop

var rate = reply.get('Mikrotik-Rate-Limit');
if (rate === undefined)
  return;                                   // who has no limit needs none at night

reply.set('Mikrotik-Rate-Limit', '100M/100M');
return 'updated';
