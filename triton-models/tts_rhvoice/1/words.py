"""What a reader of es fr de it pt ru says for what is not a word: abbreviations, units, money, months, signs.

Longest first where one key begins another; keys of SHORT are matched as whole words, with their full stop."""

SHORT = {
    "es": {"EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos", "p. ej.": "por ejemplo", "Srta.": "señorita", "Sra.": "señora", "Sr.": "señor",
           "Dra.": "doctora", "Dr.": "doctor", "D.ª": "doña", "Uds.": "ustedes", "Ud.": "usted", "Vds.": "ustedes", "Vd.": "usted", "núm.": "número",
           "n.º": "número", "n°": "número", "pág.": "página", "págs.": "páginas", "tel.": "teléfono", "av.": "avenida", "Av.": "avenida", "Avda.": "avenida",
           "etc.": "etcétera", "aprox.": "aproximadamente", "a. C.": "antes de Cristo", "d. C.": "después de Cristo", "Prof.": "profesor", "Gral.": "general", "vs.": "contra"},
    "fr": {"p. ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "Mmes": "mesdames", "Mme": "madame", "Mlle": "mademoiselle", "MM.": "messieurs", "M.": "monsieur",
           "Dr": "docteur", "Me": "maître", "Pr": "professeur", "St": "saint", "Ste": "sainte", "etc.": "et cetera", "env.": "environ", "tél.": "téléphone",
           "n°": "numéro", "nº": "numéro", "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ", "av.": "avenue", "bd": "boulevard", "vs": "contre"},
    "de": {"z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt", "u. a.": "unter anderem", "u.a.": "unter anderem",
           "usw.": "und so weiter", "bzw.": "beziehungsweise", "ca.": "circa", "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "Nr.": "Nummer",
           "Str.": "Straße", "Tel.": "Telefon", "vgl.": "vergleiche", "evtl.": "eventuell", "ggf.": "gegebenenfalls", "inkl.": "inklusive", "Mio.": "Millionen",
           "Mrd.": "Milliarden", "n. Chr.": "nach Christus", "v. Chr.": "vor Christus", "St.": "Sankt", "S.": "Seite", "vs.": "gegen", "o. ä.": "oder ähnliches"},
    "it": {"p. es.": "per esempio", "ad es.": "ad esempio", "es.": "esempio", "Sig.ra": "signora", "Sig.na": "signorina", "Sig.": "signor", "Dott.ssa": "dottoressa",
           "Dott.": "dottor", "Dr.": "dottor", "Prof.ssa": "professoressa", "Prof.": "professor", "Ing.": "ingegner", "Avv.": "avvocato", "ecc.": "eccetera",
           "n.": "numero", "pag.": "pagina", "tel.": "telefono", "a.C.": "avanti Cristo", "d.C.": "dopo Cristo", "S.p.A.": "esse pi a", "ca.": "circa", "vs.": "contro"},
    "pt": {"p. ex.": "por exemplo", "Sra.": "senhora", "Sr.": "senhor", "Srs.": "senhores", "Srta.": "senhorita", "Dra.": "doutora", "Dr.": "doutor", "Profa.": "professora",
           "Prof.": "professor", "EUA": "Estados Unidos", "n.º": "número", "nº": "número", "pág.": "página", "tel.": "telefone", "Av.": "avenida", "R.": "rua",
           "etc.": "et cétera", "aprox.": "aproximadamente", "a.C.": "antes de Cristo", "d.C.": "depois de Cristo", "Ltda.": "limitada", "vs.": "contra"},
    "ru": {"т. е.": "то есть", "т.е.": "то есть", "т. д.": "так далее", "т.д.": "так далее", "т. п.": "тому подобное", "т.п.": "тому подобное", "т. к.": "так как",
           "т.к.": "так как", "др.": "другие", "пр.": "прочее", "напр.": "например", "г-н": "господин", "г-жа": "госпожа", "им.": "имени", "ул.": "улица", "д.": "дом",
           "кв.": "квартира", "тел.": "телефон", "стр.": "страница", "руб.": "рублей", "коп.": "копеек", "тыс.": "тысяч", "млн": "миллионов", "млрд": "миллиардов",
           "гг.": "годы", "г.": "года", "вв.": "века", "в.": "века", "н. э.": "нашей эры", "проф.": "профессор", "см.": "смотри", "мин.": "минут", "чел.": "человек"},
}

# After a number: unit -> word, in its plural.
UNITS = {
    "es": {"km/h": "kilómetros por hora", "km²": "kilómetros cuadrados", "m²": "metros cuadrados", "km": "kilómetros", "cm": "centímetros", "mm": "milímetros", "m": "metros",
           "kg": "kilos", "mg": "miligramos", "g": "gramos", "ml": "mililitros", "l": "litros", "h": "horas", "min": "minutos", "°C": "grados", "°": "grados", "GB": "gigabytes", "MB": "megabytes"},
    "fr": {"km/h": "kilomètres heure", "km²": "kilomètres carrés", "m²": "mètres carrés", "km": "kilomètres", "cm": "centimètres", "mm": "millimètres", "m": "mètres",
           "kg": "kilos", "mg": "milligrammes", "g": "grammes", "ml": "millilitres", "l": "litres", "h": "heures", "min": "minutes", "°C": "degrés", "°": "degrés", "Go": "gigaoctets", "Mo": "mégaoctets"},
    "de": {"km/h": "Kilometer pro Stunde", "km²": "Quadratkilometer", "m²": "Quadratmeter", "km": "Kilometer", "cm": "Zentimeter", "mm": "Millimeter", "m": "Meter",
           "kg": "Kilogramm", "mg": "Milligramm", "g": "Gramm", "ml": "Milliliter", "l": "Liter", "h": "Stunden", "min": "Minuten", "°C": "Grad", "°": "Grad", "GB": "Gigabyte", "MB": "Megabyte"},
    "it": {"km/h": "chilometri all'ora", "km²": "chilometri quadrati", "m²": "metri quadrati", "km": "chilometri", "cm": "centimetri", "mm": "millimetri", "m": "metri",
           "kg": "chili", "mg": "milligrammi", "g": "grammi", "ml": "millilitri", "l": "litri", "h": "ore", "min": "minuti", "°C": "gradi", "°": "gradi", "GB": "gigabyte", "MB": "megabyte"},
    "pt": {"km/h": "quilômetros por hora", "km²": "quilômetros quadrados", "m²": "metros quadrados", "km": "quilômetros", "cm": "centímetros", "mm": "milímetros", "m": "metros",
           "kg": "quilos", "mg": "miligramas", "g": "gramas", "ml": "mililitros", "l": "litros", "h": "horas", "min": "minutos", "°C": "graus", "°": "graus", "GB": "gigabytes", "MB": "megabytes"},
    "ru": {"км/ч": "километров в час", "км²": "квадратных километров", "м²": "квадратных метров", "км": "километров", "см": "сантиметров", "мм": "миллиметров", "м": "метров",
           "кг": "килограммов", "мг": "миллиграммов", "г": "граммов", "мл": "миллилитров", "л": "литров", "ч": "часов", "мин": "минут", "°C": "градусов", "°": "градусов", "ГБ": "гигабайт", "МБ": "мегабайт"},
}

MONEY = {
    "es": {"€": "euros", "$": "dólares", "£": "libras", "¥": "yenes"}, "fr": {"€": "euros", "$": "dollars", "£": "livres", "¥": "yens"},
    "de": {"€": "Euro", "$": "Dollar", "£": "Pfund", "¥": "Yen"}, "it": {"€": "euro", "$": "dollari", "£": "sterline", "¥": "yen"},
    "pt": {"R$": "reais", "€": "euros", "$": "dólares", "£": "libras", "¥": "ienes"}, "ru": {"₽": "рублей", "€": "евро", "$": "долларов", "£": "фунтов", "¥": "иен"},
}
CENTS = {"es": " con ", "fr": " ", "de": " ", "it": " e ", "pt": " e ", "ru": " "}

MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
MONTHS = {language: names.split() for language, names in MONTHS.items()}
DATE = {"es": "{} de {} de {}", "fr": "{} {} {}", "de": "{} {} {}", "it": "{} {} {}", "pt": "{} de {} de {}", "ru": "{} {} {}"}
TIME = {"es": "{} y {}", "fr": "{} heures {}", "de": "{} Uhr {}", "it": "{} e {}", "pt": "{} e {}", "ru": "{} {}"}
HOUR = {"es": "{} en punto", "fr": "{} heures", "de": "{} Uhr", "it": "{} in punto", "pt": "{} horas", "ru": "{} ровно"}
POINT = {"es": "coma", "fr": "virgule", "de": "Komma", "it": "virgola", "pt": "vírgula", "ru": "и"}
RANGE = {"es": "a", "fr": "à", "de": "bis", "it": "a", "pt": "a", "ru": "до"}
SIGNS = {
    "es": {"%": "por ciento", "+": "más", "=": "igual a", "&": "y", "@": "arroba", "-": "menos", "§": "párrafo", "×": "por", ".": "punto"},
    "fr": {"%": "pour cent", "+": "plus", "=": "égale", "&": "et", "@": "arobase", "-": "moins", "§": "paragraphe", "×": "fois", ".": "point"},
    "de": {"%": "Prozent", "+": "plus", "=": "gleich", "&": "und", "@": "ät", "-": "minus", "§": "Paragraf", "×": "mal", ".": "Punkt"},
    "it": {"%": "per cento", "+": "più", "=": "uguale a", "&": "e", "@": "chiocciola", "-": "meno", "§": "paragrafo", "×": "per", ".": "punto"},
    "pt": {"%": "por cento", "+": "mais", "=": "igual a", "&": "e", "@": "arroba", "-": "menos", "§": "parágrafo", "×": "vezes", ".": "ponto"},
    "ru": {"%": "процентов", "+": "плюс", "=": "равно", "&": "и", "@": "собака", "-": "минус", "§": "параграф", "×": "на", "№": "номер", ".": "точка"},
}
# First to thirty-first, or as far as they are written with a sign.
ORDINAL = {
    "es": "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo",
    "fr": "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième treizième quatorzième quinzième seizième",
    "it": "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo undicesimo dodicesimo",
    "pt": "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo",
    "de": "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte "
          "zwanzigste einundzwanzigste zweiundzwanzigste dreiundzwanzigste vierundzwanzigste fünfundzwanzigste sechsundzwanzigste siebenundzwanzigste achtundzwanzigste "
          "neunundzwanzigste dreißigste einunddreißigste",
    "ru": "первого второго третьего четвёртого пятого шестого седьмого восьмого девятого десятого одиннадцатого двенадцатого тринадцатого четырнадцатого пятнадцатого "
          "шестнадцатого семнадцатого восемнадцатого девятнадцатого двадцатого двадцать_первого двадцать_второго двадцать_третьего двадцать_четвёртого двадцать_пятого "
          "двадцать_шестого двадцать_седьмого двадцать_восьмого двадцать_девятого тридцатого тридцать_первого",
}
ORDINAL = {language: [w.replace("_", " ") for w in words.split()] for language, words in ORDINAL.items()}
# Russian tens from twenty on: as they stand before another ordinal, and as an ordinal themselves.
TENS = (("двадцать", "двадцатого"), ("тридцать", "тридцатого"), ("сорок", "сорокового"), ("пятьдесят", "пятидесятого"),
        ("шестьдесят", "шестидесятого"), ("семьдесят", "семидесятого"), ("восемьдесят", "восьмидесятого"), ("девяносто", "девяностого"))
