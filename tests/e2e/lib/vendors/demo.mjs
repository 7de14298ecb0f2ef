// The four vendors on loopback ports with a few things in them, to try the assistant without their accounts:
// node tests/e2e/lib/vendors/demo.mjs [--model] prints the environment that `troupe serve` is started with, and then each
// write as it comes. --model: a language model that follows simple rules, too. Ends with Ctrl-C.
import { AccuLynx } from './acculynx.mjs';
import { Bolt } from './bolt.mjs';
import { CompanyCam } from './companycam.mjs';
import { PlanningModel } from './openai.mjs';
import { Slack } from './slack.mjs';

/** What there is in the demo, and in tests that need names to choose from. */
export function furnish({ companycam, acculynx, bolt, slack }) {
  for (const [name, street, city] of [['Smith', '12 Oak Street', 'Austin'], ['Smith', '4 Elm Road', 'Dallas'], ['Kelly', '210 Oak Ridge Rd', 'Austin'], ['Henderson', '9 Pine Court', 'Waco']])
    companycam?.project({ name, address: { street_address_1: street, city, state: 'TX', postal_code: '78701', country: 'US' } });
  for (const [firstName, lastName, email] of [['Maria', 'Lopez', 'maria@lopez.example'], ['Karl', 'Brandt', 'karl@brandt.example']]) {
    const contact = acculynx?.contact({ firstName, lastName, emailAddresses: [{ address: email, type: 'Personal', primary: true }] });
    if (contact) acculynx.job(contact, { locationAddress: { street1: '1 Main St', city: 'Austin', state: 'TX', zipCode: '78701', country: 'US' } });
  }
  const customer = bolt?.add('customers', { name: 'Ironwood Homes', status: 'Active', email: 'office@ironwood.example' });
  for (const [address, lot] of [['880 Cedar Lane', '12'], ['882 Cedar Lane', '13']]) bolt?.add('jobs', { address, lot, block: 'B', active: true, customer_id: customer.id, notes: '' });
  bolt?.add('work_order_types', { name: 'Framing' });
  for (const name of ['ops', 'sales', 'yard']) slack?.channel({ name });
  slack?.users.push({ id: 'U000000002', name: 'carla', profile: { email: 'carla@b.example', real_name: 'Carla Hill' } });
}

/** The environment that leads the program to these. */
export function environment(vendors) {
  return Object.fromEntries(Object.entries(vendors).flatMap(([name, vendor]) => [[`${name.toUpperCase()}_BASE_URL`, vendor.url], [`${name.toUpperCase()}_API_KEY`, vendor.key],
    ...(vendor.name ? [[`${name.toUpperCase()}_TOKEN_NAME`, vendor.name]] : [])]));
}

if (process.argv[1] === import.meta.filename) {
  const vendors = { companycam: await CompanyCam.start({ key: 'demo-companycam', rates: true }), acculynx: await AccuLynx.start({ key: 'demo-acculynx', rates: true }),
    bolt: await Bolt.start({ key: 'demo-bolt', name: 'demo-name', rates: true }), slack: await Slack.start({ key: 'xoxb-demo-slack', rates: true }) };
  furnish(vendors);
  const lines = environment(vendors);
  if (process.argv.includes('--model')) {
    const model = await PlanningModel.start('demo');
    Object.assign(lines, { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'demo-model', OPENAI_MODEL: 'demo' });
  }
  for (const [name, value] of Object.entries(lines)) console.log(`${name}=${value}`);
  for (const [name, vendor] of Object.entries(vendors)) vendor.on('wrote', ({ operation, wrote }) => console.error(`${name}: ${operation} ${JSON.stringify(wrote).slice(0, 200)}`));
  process.once('SIGINT', () => process.exit(0));
  process.once('SIGTERM', () => process.exit(0));
}
