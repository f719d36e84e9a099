"""A child's chronology as this process holds it, and the engine that reads it."""
