from hypothesis import HealthCheck, settings

# Machines that run this are shared and slow at times: a law must hold, not hold quickly.
settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("shared")
