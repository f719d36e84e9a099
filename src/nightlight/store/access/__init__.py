"""Granted relationships, sealed compartments, signatures of the policy, and the second wall in the database."""
