"""Whether a word can be a Vietnamese syllable: the evidence by which an encoding is known.

Vietnamese spelling is closed: an optional initial, one of about 150 rhymes, at most one
tone mark, and only the acute and the dot below before a final stop. Text decoded with the
wrong table almost never fits it.
"""

from __future__ import annotations

import re
import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STOP_TONES = "\u0301\u0323"
_INITIALS = "ngh ng nh gh gi kh ph qu th tr ch b c d đ g h k l m n p r s t v x"
_RHYMES = """
a ai ao au ay am an ang anh ap at ac ach ăm ăn ăng ăp ăt ăc âu ây âm ân âng âp ât âc
e eo em en eng ep et ec ê êu êm ên êng ênh êp êt êch êc
i ia iu im in inh ip it ich iêu iêm iên iêng iêp iêt iêc
o oi om on ong op ot oc oong ooc oa oai oay oam oan oang oanh oap oat oac oach oao
oe oen oeo oet oăm oăn oăng oăt oăc ô ôi ôm ôn ông ôp ôt ôc ơ ơi ơm ơn ơng ơp ơt
u ua ui um un ung up ut uc uê uênh uêch uêu uy uya uyên uyêt uynh uych uyt uyu uyn
uân uâng uât uây uôi uôm uôn uông uôt uôc uơ
ư ưa ưi ưu ưm ưn ưng ưt ưc ươi ươu ươm ươn ương ươp ươt ươc
y yêu yêm yên yêng yêt ynh yt
"""
_SHAPE = re.compile(f"(?:{'|'.join(_INITIALS.split())})?(?:{'|'.join(_RHYMES.split())})\\Z")


def is_syllable(word: str) -> bool:
    """Whether ``word`` (any case, composed or not) is spelled as Vietnamese is.

    >>> is_syllable("Nguyễn"), is_syllable("TiÕng"), is_syllable("tộp"), is_syllable("tồp")
    (True, False, True, False)
    """
    letters = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in letters if c in _TONES]
    plain = unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES))
    if len(tones) > 1 or not _SHAPE.match(plain):
        return False
    stopped = plain.endswith(("p", "t", "c", "ch"))
    return not (stopped and tones and tones[0] not in _STOP_TONES)
