// Server notices.
const body = () => ({ content: { msgtype: 'm.text', body: 'attack' } });
const notice = { role: 'admin', body, places: { 'body.user_id': 'user' } };

export const rows = {
  'POST /_synapse/admin/v1/send_server_notice': notice,
  'PUT /_synapse/admin/v1/send_server_notice/{txn_id}': { ...notice, path: { txn_id: () => 'attack' } },
};
