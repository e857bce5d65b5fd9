"""Makes python.txt: random expressions as Python reads them, `text | x | value`. Chains of powers and of comparisons, which the language refuses, are left out."""
import math, random, re
random.seed(5)
names = {"sin": math.sin, "exp": math.exp, "tanh": math.tanh, "abs": abs, "max": max, "min": min, "pow": math.pow}
def operand(depth):
    kind = random.random()
    sign = "-" * (random.random() < 0.2) + "-" * (random.random() < 0.05)
    if depth > 3 or kind < 0.45:
        return sign + random.choice(["x", "x", "2", "3", "0.5", "1e-1", "4.", ".25"])
    if kind < 0.7:
        return f"{sign}({expression(depth + 1)})"
    name = random.choice(list(names))
    arguments = 1 if name in ("sin", "exp", "tanh", "abs") else 2
    return f"{sign}{name}({', '.join(expression(depth + 1) for _ in range(arguments))})"
def expression(depth):
    text, in_power, compared = operand(depth), False, False
    for _ in range(random.choice([0, 1, 1, 2, 3, 4])):
        operator = random.choice(["+", "-", "*", "/", "**", "+", "-", "*", "/", "<", ">="])
        if operator == "**" and in_power or operator in ("<", ">=") and compared:
            continue
        in_power = operator == "**"
        compared = compared or operator in ("<", ">=")
        text += random.choice([operator, f" {operator} "]) + operand(depth)
    return text
rows = 0
while rows < 400:
    text, x = expression(0), random.choice([0.7, -1.3, 2.6])
    if not 5 < len(text) < 90:
        continue
    try:
        value = eval(text, {}, names | {"x": x})
    except (ArithmeticError, ValueError, TypeError):
        continue
    if isinstance(value, complex) or "(x, x)" in text or not math.isfinite(value) or abs(value) > 1e9:
        continue
    print(text, x, repr(float(value)), sep=" | ")
    rows += 1
