"""Load YAML into strict models; every mistake names file, line, key and the nearest valid key."""

from __future__ import annotations

import difflib
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from deeptext_cli.errors import ConfigError

# the same in C, a tenth of the time, where PyYAML was built with it
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KeyPath = tuple[str | int, ...]


class Strict(BaseModel):
    """Base of all configuration models: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True,
                              protected_namespaces=())


ConfigT = TypeVar("ConfigT", bound=Strict)


def load_config(path: str | Path, model: type[ConfigT], overrides: Sequence[str] = ()) -> ConfigT:
    """Read a YAML file into `model`, after `key.sub=value` overrides.

    Raises ConfigError naming file, line and key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"{path}: {e.strerror or e}",
                          remedy="give the path of a YAML file") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"{path}: not UTF-8 text ({e.reason})") from e
    return parse_config(text, model, source=str(path), overrides=overrides)


def parse_config(text: str, model: type[ConfigT], *, source: str = "<string>",
                 overrides: Sequence[str] = ()) -> ConfigT:
    """As `load_config`, from YAML text; `source` stands for the file name in messages."""
    try:
        node, data = _parsed(text)
    except (yaml.YAMLError, ValueError) as e:  # ValueError: a date that does not exist
        mark = getattr(e, "problem_mark", None)
        where = f"{source}:{mark.line + 1}" if mark else source
        raise ConfigError(f"{where}: not valid YAML: {getattr(e, 'problem', e)}") from e
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{source}:1: expected a mapping of keys to values")
    _refuse_duplicates(node, source)
    data = apply_overrides(data, overrides)
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise _first_error(e, model, source, _line_numbers(node), overrides) from e


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """A YAML document's nodes, which know their lines, and its plain values."""
    loader = _SafeLoader(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def apply_overrides(data: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of `data` with `a.b=value` set; values are YAML (`3`, `true`, `[1, 2]`).

    Raises ConfigError for an override without `=`, or one that goes through a plain value.
    """
    out = _copied(data)
    for item in overrides:
        key, eq, raw = item.partition("=")
        if not eq or not key.strip():
            raise ConfigError(f"--set {item}: expected key=value",
                              remedy="for example --set optimiser.lr=0.001")
        parts = key.strip().split(".")
        target: Any = out
        for i, part in enumerate(parts):
            last = i == len(parts) - 1
            if isinstance(target, list):
                try:
                    index = int(part)
                    target[index]
                except (ValueError, IndexError):
                    raise ConfigError(f"--set {item}: no list item {part!r}") from None
                if last:
                    target[index] = _yaml_value(item, raw)
                else:
                    target = target[index]
            elif isinstance(target, dict):
                if last:
                    target[part] = _yaml_value(item, raw)
                else:
                    if target.get(part) is None:
                        target[part] = {}
                    target = target[part]
            else:
                raise ConfigError(f"--set {item}: {'.'.join(parts[:i])} is not a group of keys")
    return out


def dump_yaml(model: BaseModel) -> str:
    """YAML of a model's values, keys in the order they are documented."""
    return yaml.dump(model.model_dump(mode="json"), Dumper=_Dumper, sort_keys=False,
                     allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Line breaks of Unicode are escaped; unquoted, YAML would read them as spaces."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = '"' if any(c in text for c in "\x85\u2028\u2029\ufeff") else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def _yaml_value(item: str, raw: str) -> Any:
    try:
        return yaml.safe_load(raw)
    except yaml.YAMLError as e:
        raise ConfigError(f"--set {item}: value is not valid YAML") from e


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_copied(v) for v in value]
    return value


def _line_numbers(node: yaml.Node | None) -> dict[KeyPath, int]:
    """Key path -> 1-based line of the key (mappings) or of the item (sequences)."""
    lines: dict[KeyPath, int] = {}

    def walk(n: yaml.Node | None, path: KeyPath) -> None:
        if isinstance(n, yaml.MappingNode):
            for k, v in n.value:
                key = (*path, k.value)
                lines[key] = k.start_mark.line + 1
                walk(v, key)
        elif isinstance(n, yaml.SequenceNode):
            for i, v in enumerate(n.value):
                item = (*path, i)
                lines[item] = v.start_mark.line + 1
                walk(v, item)

    walk(node, ())
    return lines


def _refuse_duplicates(node: yaml.Node | None, source: str) -> None:
    """A key given twice is a mistake that YAML readers pass over: the last one would win."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for k, v in node.value:
            line = k.start_mark.line + 1
            if k.value in seen and k.value != "<<":
                raise ConfigError(f"{source}:{line}: key {k.value!r} occurs twice",
                                  remedy=f"it is given in line {seen[k.value]} already")
            if isinstance(k, yaml.ScalarNode):
                seen[k.value] = line
            _refuse_duplicates(v, source)
    elif isinstance(node, yaml.SequenceNode):
        for v in node.value:
            _refuse_duplicates(v, source)


def _first_error(error: ValidationError, model: type[BaseModel], source: str,
                 lines: dict[KeyPath, int], overrides: Sequence[str]) -> ConfigError:
    """A ConfigError about the first mistake; further ones are counted."""
    errors = error.errors()
    unknown = [e for e in errors if e["type"] == "extra_forbidden"]
    first = (unknown or errors)[0]
    whole = first["loc"]
    tagged, last = (whole[:-1], whole[-1:]) if first["type"] == "extra_forbidden" else (whole, ())
    loc = (*(p for p in tagged if not _is_union_tag(p)), *last)  # an unknown key may be a capital
    key = ".".join(str(p) for p in loc)
    line = next((lines[loc[:i]] for i in range(len(loc), 0, -1) if loc[:i] in lines), None)
    if any(o.partition("=")[0].strip() == key for o in overrides):
        where = "--set"
    else:
        where = f"{source}:{line}" if line else source
    more = f"; {len(errors) - 1} more" if len(errors) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, loc[:-1]))
        word = str(loc[-1])
        near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
        deeper = [k for k in _keys_below(model) if k.rpartition(".")[2] == word]
        if deeper:  # the same word elsewhere is meant as soon as one here that is but a slip away
            near = difflib.get_close_matches(word, known, n=1, cutoff=0.8) + deeper
        remedy = (f"did you mean {' or '.join(map(repr, near))}?" if near
                  else f"valid here: {', '.join(known)}")
        return ConfigError(f"{where}: unknown key {key!r}{more}", remedy=remedy)
    if first["type"] == "missing":
        return ConfigError(f"{where}: key {key!r} is required{more}")
    got = first.get("input")
    shown = f", got {got!r}" if isinstance(got, (str, int, float, bool)) or got is None else ""
    message = first["msg"].removeprefix("Value error, ")
    at = f"key {key!r}: " if key else ""
    return ConfigError(f"{where}: {at}{message[:1].lower()}{message[1:]}{shown}{more}")


def _is_union_tag(part: str | int) -> bool:
    # pydantic adds the union member's class name (CamelCase) to the location
    return isinstance(part, str) and part[:1].isupper()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, list, tuple, dict, set) or \
            get_origin(annotation) is not None:
        return [m for a in get_args(annotation) for m in _models_in(a)]
    return []


def _keys_below(model: type[BaseModel], path: str = "") -> list[str]:
    """Dotted keys of all fields, as `--set` takes them; those in lists and mappings,
    which need a number or a name between, are left out."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(path + name)
        if get_origin(field.annotation) not in (list, tuple, dict):
            keys += [k for m in _models_in(field.annotation)
                     for k in _keys_below(m, f"{path}{name}.")]
    return keys


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> set[str]:
    """Names valid below `path`, through lists, mappings and unions."""
    current = [model]
    for part in path:
        step = [m.model_fields[part].annotation for m in current
                if isinstance(part, str) and part in m.model_fields]
        if step:  # a list index or mapping key leaves the models as they are
            current = [m for a in step for m in _models_in(a)]
    return {name for m in current for name in m.model_fields}
