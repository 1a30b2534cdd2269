"""Speed, as ratios against named baselines that run beside what is measured, in the same process."""
