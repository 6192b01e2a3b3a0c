"""A real SIP phone for one call, run by a Python of its own: sip_phone.py USER HOST:PORT EXTENSION ACT...

An act is a number of seconds to wait, keys to press, such as "press:1", or seconds to speak: "speak:3" (a tone). It hangs up at the end unless the other side did.
Prints how many packets of sound came.
"""

import asyncio
import math
import sys
from array import array

from baresip import Account, Config
from baresip.runtime import Runtime
from baresip.ua import UserAgent


async def main(user: str, domain: str, extension: str, *acts: str) -> None:
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1"))
    try:
        account = Account(user=user, domain=domain, password="", reg_interval=0, dtmf_mode="rtpevent")
        call = await (await UserAgent.create(runtime, account)).dial(f"sip:{extension}@{domain}")
        await call.wait_established(20)
        for act in acts:
            if call.final_stats:
                break
            if act.startswith("press:"):
                await call.send_dtmf(act.removeprefix("press:"))
            elif act.startswith("speak:"):
                await speak(call.audio, float(act.removeprefix("speak:")))
            else:
                await asyncio.sleep(float(act))
        if not call.final_stats:
            await call.hangup()
        for _ in range(50):
            if call.final_stats:
                break
            await asyncio.sleep(0.1)
        print(call.final_stats.rx_packets if call.final_stats else 0)
    finally:
        await runtime.close()


async def speak(audio, seconds: float) -> None:
    """440 Hz, a tenth of a second at a time: what does not fit into the phone's buffer is not taken."""
    rate = audio.info().tx_sample_rate
    tenth = array("h", (int(12_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(rate // 10))).tobytes()
    for _ in range(int(seconds * 10)):
        audio.write(tenth)
        await asyncio.sleep(0.1)


asyncio.run(main(*sys.argv[1:]))
