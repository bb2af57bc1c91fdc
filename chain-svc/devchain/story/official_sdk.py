"""The official Python SDK (bittensor 11.3.0) as a client of devchain: python official_sdk.py ws://127.0.0.1:PORT

Prints one line per step and ends with "all steps held"; any step that does not hold ends the program with an error.
"""

import asyncio
import sys

import bittensor
from bittensor import calls
from bittensor_wallet import Keypair

NETUID = 49


class Wallet:
    """The coldkey //Alice and the hotkey //Bob, which everybody knows."""

    coldkey = coldkeypub = Keypair.create_from_uri("//Alice")
    hotkey = Keypair.create_from_uri("//Bob")


def hold(step, condition, seen):
    print(("held: " if condition else "BROKEN: ") + step, seen)
    if not condition:
        sys.exit(1)


def error_of(result):
    return None if result.success or result.error is None else result.error.name


def names(result):
    return [f"{e['module_id']}.{e['event_id']}" if isinstance(e, dict) else str(e) for e in result.events]


async def main(url):
    wallet, module = Wallet(), calls.SubtensorModule
    hotkey = wallet.hotkey.ss58_address
    async with bittensor.Client(url, fallback_endpoints=[], archive_endpoints=[]) as client:
        hold("it reads the spec version", await client.spec_version() == 461, await client.spec_version())
        r = await client.submit_call(module.burned_register(netuid=NETUID, hotkey=hotkey), wallet)
        hold("burned_register succeeds", r.success, r.message)
        r = await client.submit_call(module.burned_register(netuid=NETUID, hotkey=hotkey), wallet)
        hold("a second one is named", error_of(r) == "HotKeyAlreadyRegisteredInSubNet", error_of(r))
        serve = bittensor.ServeAxon(netuid=NETUID, ip="10.0.0.1", port=8091)
        r = await client.execute(serve, wallet)
        hold("serve_axon succeeds", r.success, names(r))
        r = await client.execute(bittensor.ServeAxon(netuid=NETUID, ip="10.0.0.2", port=8091), wallet)
        hold("its rate limit is named", error_of(r) == "ServingRateLimitExceeded", error_of(r))
        axon = await client.query(bittensor.storage.SubtensorModule.Axons, [NETUID, hotkey])
        hold("the axon reads back", axon["ip"] == 0x0A000001 and axon["port"] == 8091, axon)
        weights = module.set_mechanism_weights(netuid=NETUID, mecid=0, dests=[1], weights=[65535], version_key=0)
        r = await client.submit_call(weights, wallet, signer="hotkey")
        hold("weights too soon are named", error_of(r) == "SettingWeightsTooFast", error_of(r))
        for _ in range(10):
            await client.submit_call(calls.System.remark(remark=b"x"), wallet)
        r = await client.submit_call(weights, wallet, signer="hotkey")
        hold("set_mechanism_weights succeeds", r.success, names(r))
        uid = await client.query(bittensor.storage.SubtensorModule.Uids, [NETUID, hotkey])
        stored = await client.query(bittensor.storage.SubtensorModule.Weights, [NETUID, uid])
        hold("the weights read back", [tuple(p) for p in stored] == [(1, 65535)], stored)
        graph = await client.runtime(bittensor.runtime_api.SubnetInfoRuntimeApi.get_metagraph, [NETUID])
        hold("the metagraph decodes", graph["hotkeys"][uid] == hotkey and graph["num_uids"] == 2, graph["num_uids"])
        params = await client.runtime(bittensor.runtime_api.SubnetInfoRuntimeApi.get_subnet_hyperparams, [NETUID])
        hold("the hyperparameters decode", params["tempo"] == 20, params)
        lite = await client.runtime(bittensor.runtime_api.NeuronInfoRuntimeApi.get_neurons_lite, [NETUID])
        hold("the neurons decode", [n["uid"] for n in lite] == [0, 1], len(lite))
    print("all steps held")


asyncio.run(main(sys.argv[1]))
