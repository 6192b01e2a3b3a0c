"""Words as sounds that Asterisk plays: spoken once by a program such as espeak-ng, and kept."""

import subprocess
import wave
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

RATE = 8000  # of a telephone, samples a second
PROGRAM = "espeak-ng -v {language} -s 150 -w {file}"  # it reads the words from its input
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Voice:
    """`folder` is where sounds lie, `known_as` what Asterisk calls that folder."""

    folder: Path
    known_as: str
    program: str = PROGRAM

    def media(self, words: str, language: str) -> str:
        """What ARI plays. Raises OSError and subprocess.SubprocessError when nothing can be spoken."""
        name = sha256(f"{language}\0{words}".encode()).hexdigest()[:32]
        there = self.folder / f"{name}.wav"
        if not there.exists():
            raw = self.folder / f"{name}.spoken.wav"
            command = [part.format(language=language.lower(), file=raw) for part in self.program.split()]
            subprocess.run(command, input=words.encode(), check=True, capture_output=True, timeout=PATIENCE_SECONDS)
            half = self.folder / f"{name}.half"
            for_a_telephone(raw, half)
            half.rename(there)
            raw.unlink()
        return f"sound:{self.known_as}/{name}"


def for_a_telephone(source: Path, target: Path) -> None:
    """16 bits, one channel, 8,000 samples a second: what Asterisk plays without any further module."""
    with wave.open(str(source)) as spoken:
        rate, channels = spoken.getframerate(), spoken.getnchannels()
        samples = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype="<i2").reshape(-1, channels).mean(axis=1)
    at = np.arange(0, len(samples), rate / RATE)
    with wave.open(str(target), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(RATE)
        made.writeframes(np.interp(at, np.arange(len(samples)), samples).astype("<i2").tobytes())
