"""The decisions: triggers, actions, workflows, the engine that asks them, and the jobs that ring."""
