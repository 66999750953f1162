"""Adapters of the weights to trainers: `trl` for TRL, `verl` for verl.

Each is imported by its name, where its library is installed.
"""
