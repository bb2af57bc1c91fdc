"""What the language model is told, with one example in each language. Pure."""

NAMES = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian",
    "pt": "Portuguese", "ru": "Russian", "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
}  # fmt: skip

# One sentence in every language: whichever two are wanted make the example of a translation.
SENTENCE = {
    "en": "The shop on the corner sells fresh bread every morning, but it is closed on Mondays.",
    "es": "La tienda de la esquina vende pan fresco todas las mañanas, pero cierra los lunes.",
    "fr": "Le magasin du coin vend du pain frais tous les matins, mais il est fermé le lundi.",
    "de": "Der Laden an der Ecke verkauft jeden Morgen frisches Brot, ist aber montags geschlossen.",
    "it": "Il negozio all'angolo vende pane fresco ogni mattina, ma è chiuso il lunedì.",
    "pt": "A loja da esquina vende pão fresco todas as manhãs, mas fecha às segundas-feiras.",
    "ru": "Магазин на углу каждое утро продаёт свежий хлеб, но по понедельникам он закрыт.",
    "ja": "角の店では毎朝焼きたてのパンを売っていますが、月曜日は休みです。",
    "ko": "모퉁이 가게에서는 매일 아침 신선한 빵을 팔지만 월요일에는 문을 닫습니다.",
    "zh": "拐角处的商店每天早上都卖新鲜面包，但星期一不营业。",
}

# A text and its summary.
STORY = {
    "en": ("The old bridge over the river was closed on Monday. Engineers had found cracks in two of its pillars. Drivers now have to take a detour of 15 kilometres. The city says that the repairs will take until June.",
           "Because of cracks in its pillars, the old bridge is closed until June, and drivers must take a detour of 15 kilometres."),
    "es": ("El viejo puente sobre el río se cerró el lunes. Los ingenieros habían encontrado grietas en dos de sus pilares. Los conductores tienen que dar ahora un rodeo de 15 kilómetros. El ayuntamiento dice que las obras durarán hasta junio.",
           "Por las grietas en sus pilares, el viejo puente estará cerrado hasta junio y los conductores deben dar un rodeo de 15 kilómetros."),
    "fr": ("Le vieux pont sur la rivière a été fermé lundi. Des ingénieurs avaient trouvé des fissures dans deux de ses piliers. Les automobilistes doivent maintenant faire un détour de 15 kilomètres. La ville dit que les réparations dureront jusqu'en juin.",
           "À cause de fissures dans ses piliers, le vieux pont est fermé jusqu'en juin et les automobilistes doivent faire un détour de 15 kilomètres."),
    "de": ("Die alte Brücke über den Fluss wurde am Montag gesperrt. Ingenieure hatten Risse in zwei ihrer Pfeiler gefunden. Autofahrer müssen nun einen Umweg von 15 Kilometern nehmen. Nach Angaben der Stadt dauert die Reparatur bis Juni.",
           "Wegen Rissen in den Pfeilern ist die alte Brücke bis Juni gesperrt, und Autofahrer müssen einen Umweg von 15 Kilometern nehmen."),
    "it": ("Il vecchio ponte sul fiume è stato chiuso lunedì. Gli ingegneri avevano trovato delle crepe in due dei suoi piloni. Gli automobilisti devono ora fare una deviazione di 15 chilometri. Il comune dice che i lavori dureranno fino a giugno.",
           "A causa di crepe nei piloni, il vecchio ponte è chiuso fino a giugno e gli automobilisti devono fare una deviazione di 15 chilometri."),
    "pt": ("A velha ponte sobre o rio foi fechada na segunda-feira. Engenheiros tinham encontrado rachaduras em dois de seus pilares. Os motoristas agora têm que fazer um desvio de 15 quilômetros. A prefeitura diz que o conserto vai durar até junho.",
           "Por causa de rachaduras nos pilares, a velha ponte está fechada até junho e os motoristas têm que fazer um desvio de 15 quilômetros."),
    "ru": ("Старый мост через реку закрыли в понедельник. Инженеры нашли трещины в двух его опорах. Теперь водителям приходится ехать в объезд 15 километров. Власти города говорят, что ремонт продлится до июня.",
           "Из-за трещин в опорах старый мост закрыт до июня, и водителям приходится ехать в объезд 15 километров."),
    "ja": ("川にかかる古い橋が月曜日に閉鎖された。技術者が二本の橋脚にひびを見つけたためだ。車は15キロの回り道をしなければならない。市によると、修理は六月までかかる。",
           "橋脚にひびが見つかったため古い橋は六月まで閉鎖され、車は15キロの回り道をしなければならない。"),
    "ko": ("강 위의 오래된 다리가 월요일에 폐쇄되었다. 기술자들이 교각 두 개에서 금을 발견했기 때문이다. 운전자들은 이제 15킬로미터를 돌아가야 한다. 시는 수리가 6월까지 걸린다고 밝혔다.",
           "교각에서 금이 발견되어 오래된 다리가 6월까지 폐쇄되며, 운전자들은 15킬로미터를 돌아가야 한다."),
    "zh": ("河上的老桥星期一被关闭。工程师在两个桥墩上发现了裂缝。司机现在必须绕行15公里。市政府表示，维修将持续到六月。",
           "由于桥墩出现裂缝，老桥关闭至六月，司机必须绕行15公里。"),
}  # fmt: skip

OPENING, CLOSING = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"  # around what is asked


def turn(role, text):
    """One turn of a talk."""
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def translator(source, target):
    """What stands before every sentence of one direction."""
    a, b = NAMES[source], NAMES[target]
    told = f"You are a professional translator. Translate the user's {a} text into {b}. Output only the {b} translation."
    return turn("system", told) + turn("user", SENTENCE[source]) + turn("assistant", SENTENCE[target])


def strict_translator(source, target, keep):
    """The same for a second try, naming what the first one lost."""
    a, b = NAMES[source], NAMES[target]
    told = f"You are a professional translator. Translate the user's {a} text into {b}. Output only the {b} translation, complete and in {b} script."
    if keep:
        told += " Keep these exactly as they are: " + " ".join(keep)
    return turn("system", told)


def summariser(language, sentences):
    """What stands before every text of one language."""
    name, (text, summary) = NAMES[language], STORY[language]
    told = f"Summarize the user's {name} text in {name}, in at most {sentences} whole sentences. Use only facts of the text."
    return turn("system", told) + turn("user", text) + turn("assistant", summary)
