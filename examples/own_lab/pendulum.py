"""The measurements of a damped pendulum in pendulum.csv: 1,200 states with their angular acceleration, read with a little noise."""
import csv
import math
import random

random.seed(7)
with open("pendulum.csv", "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["angle_rad", "velocity_rad_s", "acceleration_rad_s2"])
    for _ in range(1200):
        angle, velocity = random.uniform(-2.5, 2.5), random.uniform(-3.0, 3.0)
        acceleration = -9.81 * math.sin(angle) - 0.35 * velocity * abs(velocity)
        rows.writerow([f"{angle:.5f}", f"{velocity:.5f}", f"{acceleration + random.gauss(0.0, 0.01):.4f}"])
