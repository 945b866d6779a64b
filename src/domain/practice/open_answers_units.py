"""Months and units of measurement, in the writings that a student may use."""

from __future__ import annotations

MONTHS = {
    month: number
    for names in (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "january february march april may june july august september october november december",
    )
    for number, month in enumerate(names.split(), start=1)
}
"""The number of each."""

UNITS = {
    spelling: row.split()[0]
    for row in (
        "chilometro chilometri km kilometre kilometres kilometer kilometers",
        "metro metri m metre metres meter meters",
        "centimetro centimetri cm",
        "millimetro millimetri mm",
        "chilogrammo chilogrammi chilo chili kg kilogram kilograms",
        "grammo grammi g gr gram grams",
        "tonnellata tonnellate t tonne tonnes ton tons",
        "litro litri l litre litres liter liters",
        "secondi sec s seconds second",
        "minuto minuti min minute minutes",
        "ora ore h hour hours",
        "giorno giorni day days",
        "settimana settimane week weeks",
        "mese mesi month months",
        "anno anni year years",
        "miglio miglia mile miles",
        "libbra libbre lb lbs pound pounds",
        "piede piedi ft foot feet",
        "% percento percent",
        "dollaro dollari $ dollar dollars",
        "euro €",
        "sterlina sterline £",
        "grado gradi ° degree degrees",
        "watt w",
        "ettaro ettari hectare hectares",
    )
    for spelling in row.split()
}
"""Each spelling with the one that stands for all; short ones count only after a number."""

MEASURES = {
    "chilometro": ("m", 1000.0),
    "metro": ("m", 1.0),
    "centimetro": ("m", 0.01),
    "millimetro": ("m", 0.001),
    "miglio": ("m", 1609.344),
    "miglio nautico": ("m", 1852.0),
    "piede": ("m", 0.3048),
    "chilogrammo": ("kg", 1.0),
    "grammo": ("kg", 0.001),
    "tonnellata": ("kg", 1000.0),
    "libbra": ("kg", 0.45359237),
    "secondi": ("s", 1.0),
    "minuto": ("s", 60.0),
    "ora": ("s", 3600.0),
    "giorno": ("s", 86_400.0),
    "settimana": ("s", 604_800.0),
}
"""What a unit measures, in which other unit, and how many of those it is."""
