"""Configuration: frozen, strict pydantic models, and the loader that names what is wrong."""

from deeptext_cli.config.base import Strict, apply_overrides, dump_yaml, load_config, parse_config

__all__ = ["Strict", "apply_overrides", "dump_yaml", "load_config", "parse_config"]
