// Drives jsforce against the sandbox: OAuth web-server flow with PKCE through the real pages, then the whole API.
'use strict';
const assert = require('node:assert/strict');
const jsforce = require('jsforce');

const told = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const org = told.salesforce;
const found = {};

// A person at the browser: fills in the log-in page, clicks Allow; answers with the address that the browser is sent to.
async function person(url) {
  let answer = await fetch(url, { redirect: 'manual' });
  for (let step = 0; step < 6; step += 1) {
    if (answer.status >= 300 && answer.status < 400) {
      const where = new URL(answer.headers.get('location'), url);
      if (where.searchParams.has('code')) return where;
      answer = await fetch(where, { redirect: 'manual' });
      continue;
    }
    const page = await answer.text();
    const form = /<form[^>]*action="([^"]*)"/.exec(page);
    assert.ok(form, `no form in ${page.slice(0, 300)}`);
    const fields = new URLSearchParams();
    for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(tag)[1];
      fields.set(name, (/value="([^"]*)"/.exec(tag) || [null, ''])[1]);
    }
    if (fields.has('password')) {
      fields.set('username', org.username);
      fields.set('password', org.password);
    } else {
      fields.set('decision', 'Allow');
    }
    answer = await fetch(new URL(form[1], url), { method: 'POST', body: fields, redirect: 'manual' });
  }
  throw new Error('the pages never end');
}

async function login() {
  const oauth2 = new jsforce.OAuth2({
    loginUrl: org.url,
    clientId: org.client_id,
    clientSecret: org.client_secret,
    redirectUri: 'http://127.0.0.1:8765/callback',
    useVerifier: true,
  });
  const back = await person(oauth2.getAuthorizationUrl({ scope: 'api id refresh_token', state: 'kept' }));
  assert.equal(back.searchParams.get('state'), 'kept');
  const connection = new jsforce.Connection({ oauth2, version: '62.0' });
  let refreshed = 0;
  connection.on('refresh', () => { refreshed += 1; });
  const user = await connection.authorize(back.searchParams.get('code'));
  assert.equal(connection.instanceUrl, org.url);
  assert.ok(connection.refreshToken);
  assert.equal(user.organizationId, org.org_id);
  const identity = await connection.identity();
  assert.equal(identity.user_id, user.id);
  assert.equal(identity.username, org.username);
  // A dead access token: jsforce refreshes by itself and repeats the call.
  connection.accessToken = connection.accessToken.slice(0, 16) + 'dead';
  const versions = await connection.query('SELECT Id FROM Organization');
  assert.equal(versions.totalSize, 1);
  assert.equal(refreshed, 1);
  found.refreshed = refreshed;
  return connection;
}

async function records(connection) {
  const made = await connection.sobject('Account').create({ Name: "Jens' Søn & Co", BillingCity: 'Århus' });
  assert.equal(made.success, true);
  assert.equal(made.id.length, 18);
  const read = await connection.sobject('Account').retrieve(made.id);
  assert.equal(read.Name, "Jens' Søn & Co");
  assert.equal(read.attributes.type, 'Account');
  const updated = await connection.sobject('Account').update({ Id: made.id, Phone: '+45 1234' });
  assert.deepEqual([updated.success, updated.id], [true, made.id]);
  const several = await connection.sobject('Contact').create([
    { LastName: 'One', AccountId: made.id }, { LastName: 'Two', AccountId: made.id }, { FirstName: 'Nameless' },
  ]);
  assert.deepEqual(several.map((r) => r.success), [true, true, false]);
  assert.equal(several[2].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
  const both = await connection.sobject('Contact').retrieve([several[0].id, several[1].id]);
  assert.deepEqual(both.map((c) => c.LastName), ['One', 'Two']);
  const key = 'EXT-0001';
  const first = await connection.sobject('Account').upsert({ Name: 'Upserted', Ext_Id__c: key }, 'Ext_Id__c');
  assert.equal(first.success, true);
  const again = await connection.sobject('Account').upsert({ Name: 'Upserted twice', Ext_Id__c: key }, 'Ext_Id__c');
  assert.equal(again.success, true);
  const keyed = await connection.query(`SELECT Id, Name FROM Account WHERE Ext_Id__c = '${key}'`);
  assert.deepEqual(keyed.records.map((r) => r.Name), ['Upserted twice']);
  await assert.rejects(connection.sobject('Account').create({ Phone: '1' }), { errorCode: 'REQUIRED_FIELD_MISSING' });
  await assert.rejects(connection.query('SELECT Naem FROM Account'), (error) => {
    assert.equal(error.errorCode, 'INVALID_FIELD');
    assert.match(error.message, /ERROR at Row:1:Column:8\nNo such column 'Naem' on entity 'Account'/);
    return true;
  });
  found.account = made.id;
}

async function describe(connection) {
  const whole = await connection.describeGlobal();
  assert.ok(whole.sobjects.some((s) => s.name === 'Contact' && s.keyPrefix === '003'));
  const contact = await connection.sobject('Contact').describe();
  const email = contact.fields.find((f) => f.name === 'Email');
  assert.deepEqual([email.type, email.idLookup, email.length], ['email', true, 80]);
  assert.ok(contact.childRelationships.some((c) => c.relationshipName === 'Cases'));
  found.fields = contact.fields.length;
}

async function paging(connection) {
  const rows = Array.from({ length: 450 }, (_, n) => ({ LastName: `Paged ${n}` }));
  for (let at = 0; at < rows.length; at += 200) {
    const done = await connection.sobject('Contact').create(rows.slice(at, at + 200));
    assert.ok(done.every((r) => r.success));
  }
  const soql = "SELECT Id, LastName, Account.Name FROM Contact WHERE LastName LIKE 'Paged%' ORDER BY LastName";
  const headers = { 'Sforce-Query-Options': 'batchSize=200' };
  const sizes = [];
  let page = await connection.query(soql, { headers, autoFetch: false });
  assert.equal(page.totalSize, 450);
  sizes.push(page.records.length);
  while (!page.done) {
    page = await connection.queryMore(page.nextRecordsUrl, { headers });
    sizes.push(page.records.length);
  }
  found.pages = sizes;
  const all = await connection.query(soql, { headers, autoFetch: true, maxFetch: 1000 });
  assert.equal(new Set(all.records.map((r) => r.Id)).size, 450);
  const built = await connection.sobject('Contact').find({ LastName: { $like: 'Paged 1%' } }, 'Id, LastName')
    .sort({ LastName: -1 }).limit(3).execute();
  assert.deepEqual(built.map((r) => r.LastName), ['Paged 199', 'Paged 198', 'Paged 197']);
  const children = await connection.query(
    `SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Id = '${found.account}'`);
  assert.deepEqual(children.records[0].Contacts.records.map((c) => c.LastName), ['One', 'Two']);
  const counted = await connection.query('SELECT COUNT(Id) n FROM Contact WHERE LastName LIKE \'Paged%\'');
  assert.equal(counted.records[0].n, 450);
}

async function bulk(connection) {
  connection.bulk2.pollInterval = 100;
  connection.bulk2.pollTimeout = 30000;
  const input = [
    { LastName: 'Bulk 1', Description: 'line\nbreak, "quoted"' }, { LastName: 'Bulk 2', Description: '' },
    { LastName: '', Description: 'nameless' },
  ];
  const done = await connection.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'insert', input });
  assert.equal(done.successfulResults.length, 2);
  assert.equal(done.failedResults.length, 1);
  assert.match(done.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:Required fields are missing: \[LastName\]/);
  const ids = done.successfulResults.map((r) => r.sf__Id);
  assert.ok(ids.every((id) => id.startsWith('003') && id.length === 18));
  const stream = await connection.bulk2.query("SELECT Id, LastName, Description FROM Contact WHERE LastName LIKE 'Bulk%'");
  const read = await stream.toArray();
  assert.deepEqual(read.map((r) => r.LastName).sort(), ['Bulk 1', 'Bulk 2']);
  assert.equal(read.find((r) => r.LastName === 'Bulk 1').Description, 'line\nbreak, "quoted"');
  const gone = await connection.bulk2.loadAndWaitForResults({
    object: 'Contact', operation: 'delete', input: ids.map((Id) => ({ Id })),
  });
  assert.equal(gone.successfulResults.length, 2);
  found.bulk = read.length;
}

async function deleted(connection) {
  const { id } = await connection.sobject('Contact').create({ LastName: 'Short-lived' });
  const end = new Date(Date.now() + 120000);
  const start = new Date(Date.now() - 600000);
  const changed = await connection.sobject('Contact').updated(start, end);
  assert.ok(changed.ids.includes(id));
  assert.equal((await connection.sobject('Contact').delete(id)).success, true);
  const log = await connection.sobject('Contact').deleted(start, end);
  assert.ok(log.deletedRecords.some((r) => r.id === id));
  assert.ok(log.latestDateCovered);
  await assert.rejects(connection.sobject('Contact').retrieve(id), { errorCode: 'NOT_FOUND' });
  const seen = await connection.query(`SELECT IsDeleted FROM Contact WHERE Id = '${id}'`, { scanAll: true });
  assert.equal(seen.records[0].IsDeleted, true);
  assert.ok(connection.limitInfo.apiUsage.used > 0);
  found.deleted = id;
}

(async () => {
  const connection = await login();
  await records(connection);
  await describe(connection);
  await paging(connection);
  await bulk(connection);
  await deleted(connection);
  await connection.logout();
  console.log(JSON.stringify(found));
})().catch((error) => {
  console.error(error.stack || error, error.content || '');
  process.exit(1);
});
