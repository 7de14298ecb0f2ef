"""matrix-nio with libolm: a person's whole working day, from the registration to the logout everywhere.

Usage: nio_day.py BASE FOLDER. Prints one line "ok STEP" for each step that is done; what fails ends the program with a
traceback. nio keeps its keys under FOLDER.
"""
import asyncio
import json
import os
import sys
import time
import urllib.parse

import aiohttp
import nio
from nio import crypto

BASE, FOLDER = sys.argv[1:3]
PATIENCE_S = 90
PASSWORD = "a password of nio"
ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


# Loops of syncs that ended though nobody had ended them.
failed_syncs = []


async def until(check, what):
    """Waits for something true."""
    end = time.monotonic() + PATIENCE_S
    while True:
        if failed_syncs:
            reason = None if failed_syncs[0].cancelled() else failed_syncs[0].exception()
            raise AssertionError(f"a client syncs no longer, while waiting for {what}") from reason
        value = check()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        await asyncio.sleep(0.02)


def good(answer, kind):
    assert isinstance(answer, kind), f"expected {kind.__name__}, got {answer!r}"
    return answer


def done(step):
    print("ok", step, flush=True)


class Device:
    """One signed-in client with its own store, which syncs all the time."""

    def __init__(self, name, label):
        self.store = os.path.join(FOLDER, label)
        os.makedirs(self.store, exist_ok=True)
        self.name = name
        self.client = self.made()
        self.syncing = None

    def made(self, device_id=""):
        config = nio.AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        client = nio.AsyncClient(BASE, self.name, device_id=device_id, store_path=self.store, config=config)
        self.events = []
        self.verifications = []
        client.add_event_callback(lambda room, event: self.events.append((room.room_id, event)), nio.Event)
        client.add_to_device_callback(self.verification, nio.KeyVerificationEvent)
        return client

    async def verification(self, event):
        """Follows a verification by emoji; the people compare in the test."""
        if isinstance(event, nio.KeyVerificationStart):
            good(await self.client.accept_key_verification(event.transaction_id), nio.ToDeviceResponse)
        self.verifications.append(event)

    def start(self):
        self.syncing = asyncio.create_task(self.client.sync_forever(timeout=30_000, full_state=True))
        self.syncing.add_done_callback(self.ended)

    def ended(self, syncing):
        if syncing is self.syncing:
            failed_syncs.append(syncing)

    async def stop(self):
        syncing, self.syncing = self.syncing, None
        if syncing:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)
        await self.client.close()

    async def open_again(self, token):
        """The program was closed: its keys come from its folder. The token a client keeps itself."""
        user, device = self.client.user_id, self.client.device_id
        self.client = self.made(device)
        self.client.restore_login(user, device, token)
        self.start()

    async def raw(self, method, path, body=None):
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {self.client.access_token}"}
            async with session.request(method, BASE + path, json=body, headers=headers) as answer:
                read = await answer.json()
                assert answer.status == 200, f"{method} {path}: {answer.status} {read}"
                return read

    async def download(self, uri):
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {self.client.access_token}"}
            async with session.get(f"{BASE}/_matrix/client/v1/media/download/{uri[6:]}", headers=headers) as answer:
                assert answer.status == 200
                return await answer.read()

    def heard(self, room, text):
        """The message of this text, decrypted."""
        for where, event in self.events:
            if where == room and isinstance(event, nio.RoomMessageText) and event.body == text:
                return event
        return None

    def event(self, room, event_id):
        for where, event in self.events:
            if where == room and event.event_id == event_id:
                return event
        return None

    async def send(self, room, content, kind="m.room.message"):
        answer = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        return good(answer, nio.RoomSendResponse).event_id

    async def say(self, room, text, **more):
        return await self.send(room, {"msgtype": "m.text", "body": text, **more})

    def joined(self, room, count):
        known = self.client.rooms.get(room)
        return known and len(known.users.keys() - known.invited_users.keys()) == count

    async def join(self, room):
        await until(lambda: room in self.client.invited_rooms or room in self.client.rooms, "the invite")
        good(await self.client.join(room), nio.JoinResponse)
        await until(lambda: room in self.client.rooms, "the joined room")


def quoted(text):
    return urllib.parse.quote(text, safe="")


async def register():
    anna, ben = Device("anna", "phone"), Device("ben", "ben")
    for device in (anna, ben):
        good(await device.client.register(device.name, PASSWORD, f"{device.name}'s first"), nio.RegisterResponse)
        assert (await device.client.whoami()).user_id == f"@{device.name}:localhost"
    done("register")
    return anna, ben


async def log_in_twice(phone, ben):
    laptop = Device("anna", "laptop")
    answer = good(await laptop.client.login(PASSWORD, "laptop"), nio.LoginResponse)
    assert answer.device_id != phone.client.device_id
    wrong = Device("anna", "thief")
    assert isinstance(await wrong.client.login("a wrong password"), nio.LoginError)
    await wrong.client.close()
    for device in (phone, laptop, ben):
        device.start()
    await until(lambda: all(not d.client.should_upload_keys and d.client.next_batch for d in (phone, laptop, ben)), "the keys of all")
    listed = good(await phone.client.devices(), nio.DevicesResponse).devices
    assert {d.id for d in listed} == {phone.client.device_id, laptop.client.device_id}
    good(await phone.client.update_device(laptop.client.device_id, {"display_name": "The laptop"}), nio.UpdateDeviceResponse)
    done("log in twice")
    return laptop


async def talk_encrypted(phone, laptop, ben):
    created = await phone.client.room_create(name="Kitchen", invite=["@ben:localhost"], initial_state=[ENCRYPTED])
    room = good(created, nio.RoomCreateResponse).room_id
    await ben.join(room)
    for device in (phone, laptop, ben):
        await until(lambda d=device: d.joined(room, 2), "both members")
        await until(lambda d=device: d.client.rooms[room].encrypted, "the room to be known as encrypted")
    await phone.say(room, "the password is swordfish")
    for device in (ben, laptop):
        event = await until(lambda d=device: d.heard(room, "the password is swordfish"), "the message, decrypted")
        assert event.decrypted
    await ben.say(room, "understood")
    for device in (phone, laptop):
        await until(lambda d=device: d.heard(room, "understood"), "the answer, decrypted")
    stored = await phone.raw("GET", f"/_matrix/client/v3/rooms/{quoted(room)}/messages?dir=b&limit=50")
    assert "swordfish" not in json.dumps(stored), "the server never sees the text"
    assert sum(e["type"] == "m.room.encrypted" for e in stored["chunk"]) == 2
    done("an encrypted room, both ways")
    return room


async def verify(phone, ben):
    device = phone.client.device_store["@ben:localhost"][ben.client.device_id]
    good(await phone.client.start_key_verification(device), nio.ToDeviceResponse)
    (transaction,) = phone.client.key_verifications
    for side in (phone, ben):
        await until(lambda s=side: any(isinstance(e, nio.KeyVerificationKey) for e in s.verifications), "the other's key")
    sides = [d.client.key_verifications[transaction] for d in (phone, ben)]
    assert sides[0].get_emoji() == sides[1].get_emoji()
    for side in (phone, ben):
        good(await side.client.confirm_short_auth_string(transaction), nio.ToDeviceResponse)
    for sas in sides:
        await until(lambda s=sas: s.verified or s.canceled, "the verification")
        assert sas.verified, sas.cancel_reason
    assert phone.client.device_store["@ben:localhost"][ben.client.device_id].verified
    assert ben.client.device_store["@anna:localhost"][phone.client.device_id].verified
    done("verify")


async def open_again(phone, ben, room):
    await ben.stop()
    await phone.say(room, "while you were away")
    await ben.open_again(ben.token)
    await until(lambda: ben.heard(room, "while you were away"), "what was said meanwhile, decrypted")
    assert ben.client.device_store["@anna:localhost"][phone.client.device_id].verified
    done("a client that is closed and opened again")


async def media(phone, ben, room):
    content = bytes(i * 7919 % 256 for i in range(100_000))
    path = os.path.join(FOLDER, "noise.bin")
    with open(path, "wb") as file:
        file.write(content)
    answer, keys = await phone.client.upload(lambda *_: path, "application/octet-stream", "noise.bin", encrypt=True, filesize=len(content))
    uri = good(answer, nio.UploadResponse).content_uri
    keys["url"] = uri
    sent = await phone.send(room, {"msgtype": "m.file", "body": "noise.bin", "file": keys})
    event = await until(lambda: ben.event(room, sent), "the file's message")
    assert isinstance(event, nio.RoomEncryptedFile)
    # This version asks at the old address and shows no token: that is frozen.
    good(await ben.client.download(event.url), nio.DownloadError)
    got = await ben.download(event.url)
    assert got != content
    plain = crypto.attachments.decrypt_attachment(got, event.key["k"], event.hashes["sha256"], event.iv)
    assert plain == content
    open_file, _ = await phone.client.upload(lambda *_: path, "text/plain", "plain.txt", filesize=len(content))
    good(await phone.client.set_avatar(good(open_file, nio.UploadResponse).content_uri), nio.ProfileSetAvatarResponse)
    assert good(await ben.client.get_avatar("@anna:localhost"), nio.ProfileGetAvatarResponse).avatar_url == open_file.content_uri
    good(await phone.client.content_repository_config(), nio.ContentRepositoryConfigResponse)
    done("media, encrypted and plain")


async def relate(phone, ben, room):
    root = await phone.say(room, "firts")
    await until(lambda: ben.event(room, root), "the message")
    await phone.say(room, "* first", **{"m.new_content": {"msgtype": "m.text", "body": "first"},
                                        "m.relates_to": {"rel_type": "m.replace", "event_id": root}})
    edit = await until(lambda: ben.heard(room, "* first"), "the edit")
    assert edit.source["content"]["m.relates_to"]["event_id"] == root
    reaction = await ben.send(room, {"m.relates_to": {"rel_type": "m.annotation", "event_id": root, "key": "👍"}}, "m.reaction")
    seen = await until(lambda: phone.event(room, reaction), "the reaction")
    assert seen.source["content"]["m.relates_to"]["key"] == "👍"
    threaded = await ben.say(room, "in thread", **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
    await until(lambda: phone.event(room, threaded), "the threaded message")
    base = f"/_matrix/client/v1/rooms/{quoted(room)}"
    in_thread = await phone.raw("GET", f"{base}/relations/{quoted(root)}/m.thread")
    assert [e["event_id"] for e in in_thread["chunk"]] == [threaded]
    threads = await phone.raw("GET", f"{base}/threads")
    assert threads["chunk"][0]["event_id"] == root
    good(await phone.client.room_redact(room, root, "typo"), nio.RoomRedactResponse)
    await until(lambda: any(isinstance(e, nio.RedactionEvent) and e.redacts == root for _, e in ben.events), "the redaction")
    done("threads, reactions, edits, redactions")


async def be_there(phone, ben, room):
    last = await phone.say(room, "are you there?")
    await until(lambda: ben.event(room, last), "the message")
    good(await ben.client.room_read_markers(room, last, last), nio.RoomReadMarkersResponse)
    await until(lambda: phone.client.rooms[room].read_receipts.get("@ben:localhost"), "the receipt")
    good(await ben.client.room_typing(room, True, 20_000), nio.RoomTypingResponse)
    await until(lambda: "@ben:localhost" in phone.client.rooms[room].typing_users, "typing")
    good(await ben.client.room_typing(room, False), nio.RoomTypingResponse)
    await until(lambda: "@ben:localhost" not in phone.client.rooms[room].typing_users, "typing no more")
    good(await phone.client.set_displayname("Anna of the Kitchen"), nio.ProfileSetDisplayNameResponse)
    await until(lambda: ben.client.rooms[room].user_name("@anna:localhost") == "Anna of the Kitchen", "the new name")
    done("receipts, typing, a new name")


async def search_and_rules(phone, ben):
    created = await phone.client.room_create(name="Garden", invite=["@ben:localhost"])
    room = good(created, nio.RoomCreateResponse).room_id
    await ben.join(room)
    said = await ben.say(room, "the tomatoes are ripe")
    await until(lambda: phone.event(room, said), "the message")

    async def found():
        answer = await phone.raw("POST", "/_matrix/client/v3/search",
                                 {"search_categories": {"room_events": {"search_term": "tomatoes", "keys": ["content.body"]}}})
        return [r["result"]["event_id"] for r in answer["search_categories"]["room_events"]["results"]] == [said]

    await until(found, "the message to be found")
    kind = nio.api.PushRuleKind
    rule = await phone.client.set_pushrule("global", kind.content, "vegetables", pattern="tomato*", actions=[nio.PushNotify(), nio.PushSetTweak("highlight", True)])
    good(rule, nio.SetPushRuleResponse)
    good(await phone.client.enable_pushrule("global", kind.content, "vegetables", False), nio.EnablePushRuleResponse)
    good(await phone.client.set_pushrule_actions("global", kind.content, "vegetables", [nio.PushNotify()]), nio.SetPushRuleActionsResponse)
    kept = await phone.raw("GET", "/_matrix/client/v3/pushrules/global/content/vegetables")
    assert (kept["enabled"], kept["pattern"], kept["actions"]) == (False, "tomato*", ["notify"]), kept
    good(await phone.client.delete_pushrule("global", kind.content, "vegetables"), nio.DeletePushRuleResponse)
    done("search and push rules")


async def upgrade_and_spaces(phone, ben):
    created = await phone.client.room_create(name="Shed", room_version="10", invite=["@ben:localhost"])
    old = good(created, nio.RoomCreateResponse).room_id
    await ben.join(old)
    await until(lambda: phone.joined(old, 2), "both members")
    new = good(await phone.client.room_upgrade(old, "11"), nio.responses.RoomUpgradeResponse).room_id
    await until(lambda: any(w == old and isinstance(e, nio.RoomUpgradeEvent) and e.replacement_room == new for w, e in ben.events), "the tombstone")
    newest = (await phone.raw("POST", f"/_matrix/client/v3/rooms/{quoted(new)}/upgrade", {"new_version": "12"}))["replacement_room"]
    await until(lambda: newest in phone.client.rooms, "the newest room")
    assert (await phone.raw("GET", f"/_matrix/client/v3/rooms/{quoted(newest)}/state/m.room.create"))["room_version"] == "12"

    space = good(await phone.client.room_create(name="House", space=True), nio.RoomCreateResponse).room_id
    child = good(await phone.client.room_put_state(space, "m.space.child", {"via": ["localhost"]}, newest), nio.RoomPutStateResponse).event_id
    await until(lambda: phone.event(space, child), "the child")
    tree = await phone.raw("GET", f"/_matrix/client/v1/rooms/{quoted(space)}/hierarchy")
    assert [r["room_id"] for r in tree["rooms"]] == [space, newest]
    done("upgrade and spaces")


async def leave_and_log_out(phone, laptop, ben, room):
    good(await ben.client.room_leave(room), nio.RoomLeaveResponse)
    good(await ben.client.room_forget(room), nio.RoomForgetResponse)
    await until(lambda: phone.joined(room, 1), "the one who is left")
    good(await laptop.client.logout(all_devices=True), nio.LogoutResponse)
    async with aiohttp.ClientSession() as session:
        for token in (phone.token, laptop.token):
            async with session.get(f"{BASE}/_matrix/client/v3/account/whoami", headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 401 and (await answer.json())["errcode"] == "M_UNKNOWN_TOKEN"
    assert (await ben.client.whoami()).user_id == "@ben:localhost", "the other person stays"
    done("logout everywhere")


async def day():
    phone, ben = await register()
    laptop = await log_in_twice(phone, ben)
    devices = (phone, laptop, ben)
    for device in devices:
        device.token = device.client.access_token
    try:
        kitchen = await talk_encrypted(phone, laptop, ben)
        await verify(phone, ben)
        await open_again(phone, ben, kitchen)
        await media(phone, ben, kitchen)
        await relate(phone, ben, kitchen)
        await be_there(phone, ben, kitchen)
        await search_and_rules(phone, ben)
        await upgrade_and_spaces(phone, ben)
        await leave_and_log_out(phone, laptop, ben, kitchen)
    finally:
        for device in devices:
            await device.stop()


asyncio.run(day())
