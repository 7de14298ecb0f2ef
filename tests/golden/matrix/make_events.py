#!/usr/bin/env python3
"""Writes events.json: hashes, ids and redactions of sample PDUs, computed by a second, independent implementation.

Run it after adding a sample; review the difference. Rules: room versions 1 to 12 #redactions and #event-ids,
Server-Server API #calculating-the-content-hash-for-an-event and #calculating-the-reference-hash-for-an-event.
"""
import base64
import copy
import hashlib
import json
import pathlib

TOP10 = set("event_id type room_id sender state_key content hashes signatures depth prev_events prev_state auth_events "
            "origin origin_server_ts membership".split())
TOP11 = TOP10 - {"origin", "membership", "prev_state"}
LEVELS = "ban events events_default kick redact state_default users users_default".split()
KEPT1 = {"m.room.member": ["membership"], "m.room.create": ["creator"], "m.room.join_rules": ["join_rule"],
         "m.room.power_levels": LEVELS, "m.room.aliases": ["aliases"],
         "m.room.history_visibility": ["history_visibility"]}
KEPT6 = {type_: keys for type_, keys in KEPT1.items() if type_ != "m.room.aliases"}
KEPT8 = {**KEPT6, "m.room.join_rules": ["join_rule", "allow"]}
KEPT9 = {**KEPT8, "m.room.member": ["membership", "join_authorised_via_users_server"]}
KEPT11 = {**KEPT9, "m.room.power_levels": LEVELS + ["invite"], "m.room.redaction": ["redacts"]}


def kept_in(version):
    """What content keeps, in the last version at or before this one that changed it."""
    since = {1: KEPT1, 6: KEPT6, 8: KEPT8, 9: KEPT9, 11: KEPT11}
    return since[max(first for first in since if first <= int(version))]


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def digest(value):
    return hashlib.sha256(canonical(value)).digest()


def redact(version, pdu):
    new = int(version) >= 11
    kept = {k: copy.deepcopy(v) for k, v in pdu.items() if k in (TOP11 if new else TOP10)}
    content = pdu["content"]
    if new and pdu["type"] == "m.room.create":
        return kept
    kept["content"] = {k: content[k] for k in kept_in(version).get(pdu["type"], []) if k in content}
    invite = content.get("third_party_invite")
    if new and pdu["type"] == "m.room.member" and isinstance(invite, dict):
        kept["content"]["third_party_invite"] = {k: v for k, v in invite.items() if k == "signed"}
    return kept


def content_hash(pdu):
    covered = {k: v for k, v in pdu.items() if k not in ("unsigned", "signatures", "hashes")}
    return base64.b64encode(digest(covered)).decode().rstrip("=")


def reference_hash(version, pdu, encode=base64.b64encode):
    covered = redact(version, pdu)
    covered.pop("signatures", None)
    return encode(digest(covered)).decode().rstrip("=")


def event_id(version, pdu):
    if int(version) <= 2:
        return pdu["event_id"]
    return "$" + reference_hash(version, pdu, base64.b64encode if version == "3" else base64.urlsafe_b64encode)


def fit(version, pdu):
    """The sample as this version writes it: up to version 2 with its id, and links in pairs."""
    if int(version) > 2:
        return pdu
    pair = lambda link: ["$" + link[1:10] + ":example.org", {"sha256": link[1:]}]
    return {**pdu, "event_id": "$opaque:example.org", "auth_events": [pair(i) for i in pdu["auth_events"]],
            "prev_events": [pair(i) for i in pdu["prev_events"]]}


def sample(type_, content, state_key=None, **more):
    pdu = {"auth_events": ["$" + "a" * 43, "$" + "b" * 43], "content": content, "depth": 7,
           "origin_server_ts": 1760000000123, "prev_events": ["$" + "c" * 43], "room_id": "!room:example.org",
           "sender": "@alice:example.org", "type": type_, **more}
    if state_key is not None:
        pdu["state_key"] = state_key
    return pdu


LEVEL_CONTENT = {"ban": 50, "events": {"m.room.name": 50, "ä.b": 1}, "events_default": 0, "invite": 1, "kick": 50,
                 "notifications": {"room": 50}, "redact": 50, "state_default": 50, "users": {"@bob:example.org": 50},
                 "users_default": 0, "historical": 3}
SAMPLES = [
    ("message", sample("m.room.message", {"msgtype": "m.text", "body": "grüße \"quoted\" \\ \u0007\u001f\t\n\u007f 🎭 \u2028"})),
    ("empty content", sample("x", {})),
    ("negative and large integers", sample("x", {"n": [-9007199254740991, 9007199254740991, 0, -1]})),
    ("nested keys", sample("x", {"b": {"z": [], "y": {}}, "a": [{"d": None, "c": True}], "": False})),
    ("keys across planes", sample("x", {"\U0001f3ad": 1, "\uff5e": 2, "é": 3, "e": 4, "E": 5})),
    ("member", sample("m.room.member", {"membership": "join", "displayname": "A", "reason": "r",
                                        "join_authorised_via_users_server": "@b:example.org"}, "@alice:example.org")),
    ("third-party invite", sample("m.room.member", {"membership": "invite", "third_party_invite": {
        "display_name": "x", "signed": {"mxid": "@b:example.org", "token": "t", "signatures": {}}}}, "@b:example.org")),
    ("third-party invite without signed", sample("m.room.member", {"membership": "invite", "third_party_invite": {
        "display_name": "x"}}, "@b:example.org")),
    ("third_party_invite that is no object", sample("m.room.member", {"membership": "invite", "third_party_invite": 3},
                                                    "@b:example.org")),
    ("join rules", sample("m.room.join_rules", {"join_rule": "restricted", "allow": [{"type": "m.room_membership",
                                                "room_id": "!s:example.org"}], "more": 1}, "")),
    ("power levels", sample("m.room.power_levels", LEVEL_CONTENT, "")),
    ("history visibility", sample("m.room.history_visibility", {"history_visibility": "shared", "more": 1}, "")),
    ("aliases keep nothing from version 6", sample("m.room.aliases", {"aliases": ["#a:example.org"]}, "example.org")),
    ("topic keeps nothing", sample("m.room.topic", {"topic": "x"}, "")),
    ("legacy top level", sample("m.room.name", {"name": "x"}, "", origin="example.org", membership="join",
                                prev_state=[], unsigned={"age": 4}, more={"x": 1})),
]


def main():
    vectors = []
    for version in map(str, range(1, 13)):
        samples = list(SAMPLES)
        create = {"room_version": version, "m.federate": True, "creator": "@alice:example.org"}
        pdu = sample("m.room.create", create, "", auth_events=[], prev_events=[], depth=1)
        if version == "12":
            del pdu["room_id"]
        samples.append(("create", pdu))
        if int(version) < 6:
            samples.append(("fractions", sample("x", {"n": [1.5, -0.25, 1e+20, 2.5e-07, 18446744073709551615]})))
        target = "$gone:example.org" if int(version) <= 2 else "$" + "d" * 43
        if int(version) <= 10:
            samples.append(("redaction", sample("m.room.redaction", {"reason": "spam"}, redacts=target)))
        else:
            samples.append(("redaction", sample("m.room.redaction", {"reason": "spam", "redacts": target})))
        for name, pdu in samples:
            pdu = fit(version, pdu)
            hashed = {**copy.deepcopy(pdu), "hashes": {"sha256": content_hash(pdu)}}
            vectors.append({"name": name, "version": version, "pdu": hashed, "content_hash": content_hash(pdu),
                            "event_id": event_id(version, hashed), "reference": reference_hash(version, hashed),
                            "redacted": redact(version, hashed),
                            "canonical": canonical(hashed).decode()})
    lines = ",\n".join("  " + json.dumps(v, ensure_ascii=False) for v in vectors)
    pathlib.Path(__file__).with_name("events.json").write_text("[\n" + lines + "\n]\n")


main()
