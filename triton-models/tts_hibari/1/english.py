"""What hibari's English front end gets wrong, put right before it sees the text."""
import re

COINS = {"$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"), "€": ("euro", "euros", "cent", "cents")}


def prepare(text):
    """Text for hibari.g2p. A currency sign would be read again before the next number in brackets, so money becomes words;
    brackets that hold phonemes to the front end are parted; raised numbers, which it fails on, become words."""
    text = re.sub(r"([$£€])(\d[\d,]*)(?:\.(\d\d))?(?![\d.]|\s?(?:[kKmMbB]\b|(?:hundred|thousand|million|billion|trillion)\b))", money, text)
    return text.replace("](", "] (").replace("²", " squared ").replace("³", " cubed ")


def money(match):
    one, many, coin, coins = COINS[match[1]]
    whole = match[2].rstrip(",")
    words = f"{whole} {one if whole == '1' else many}"
    if match[3] and int(match[3]):
        words += f" and {int(match[3])} {coin if int(match[3]) == 1 else coins}"
    return words + "," * (len(match[2]) - len(whole))
