

if __name__ == "__main__":
    try:
        errors = check()
    except AssertionError as problem:
        print(f"mismatch: {problem}", file=sys.stderr)
        sys.exit(1)
    print("ok: largest error " + ", ".join(f"{error:.1e} in {precision}" for precision, error in errors.items()))
