"""The parts of `collectkit.kit.Kit`, one noun each."""
