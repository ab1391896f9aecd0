/** What completes commands in shells where the library's scripts evaluate text of the line; there a Tab behind `$(…)` would run what stands there. */

/** The words are passed on as they stand on the line. */
const BASH = String.raw`# bash completion for assay
_assay_complete() {
    local line out current="${'$'}{COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    out="$(assay complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return
    while IFS= read -r line; do
        [[ "$line" == :* ]] && continue
        line="${'$'}{line%%$'\t'*}"
        [[ -n "$line" && "$line" == "$current"* ]] && COMPREPLY+=("$line")
    done <<< "$out"
}
complete -o default -F _assay_complete assay
`;

/** As a file in fpath it is called while it is being loaded; sourced, it says itself what it completes. `words` are zsh's, quoted as they were typed. */
const ZSH = String.raw`#compdef assay
# zsh completion for assay
_assay() {
    local line out name
    local -a candidates
    out="$(assay complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)" || return
    for line in "${'$'}{(@f)out}"; do
        [[ -z "$line" || "$line" == :* ]] && continue
        name="${'$'}{line%%$'\t'*}"
        candidates+=("${'$'}{name//:/\\:}:${'$'}{line#*$'\t'}")
    done
    if (( ${'$'}{#candidates} )); then
        _describe assay candidates
    else
        _files
    fi
}
if [[ "${'$'}{funcstack[1]}" == _assay ]]; then
    _assay "$@"
elif (( ${'$'}+functions[compdef] )); then
    compdef _assay assay
fi
`;

/**
 * Words are the source text of the line's syntax tree, which nobody evaluates, cut at the cursor. They go to the program as arguments and through no text that is run. Before PowerShell 7.3,
 * and for batch files still, arguments are joined to one line without quoting what needs it: a word with anything else than plain characters goes as `_`, which
 * keeps its place, and an empty one has to be written as two quotes.
 */
const POWERSHELL = String.raw`# powershell completion for assay
Register-ArgumentCompleter -Native -CommandName 'assay' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)
    $Words = @()
    $End = 0
    foreach ($Element in $CommandAst.CommandElements) {
        $Start = $Element.Extent.StartOffset
        if ($Start -ge $CursorPosition) { break }
        $End = $Element.Extent.EndOffset
        $Text = $Element.Extent.Text
        $Words += $Text.Substring(0, [Math]::Min($Text.Length, $CursorPosition - $Start))
    }
    if ($End -lt $CursorPosition) { $Words += '' }
    $Current = $Words[-1]
    $Empty = ''
    if ($PSVersionTable.PSVersion -lt [version]'7.3.0' -or $PSNativeCommandArgumentPassing -eq 'Legacy') { $Empty = '""' }
    $Arguments = @($Words | Select-Object -Skip 1 | ForEach-Object {
        if ($_ -eq '') { $Empty } elseif ($_ -cmatch '\A[A-Za-z0-9_./:@=,+-]+\z') { $_ } else { '_' }
    })
    foreach ($Line in @(& assay complete '--' @Arguments 2>$null)) {
        if ($Line -eq '' -or $Line.StartsWith(':')) { continue }
        $Name, $Description = $Line.Split([char]9, 2)
        if (-not $Name.StartsWith($Current, [StringComparison]::Ordinal)) { continue }
        if (-not $Description) { $Description = $Name }
        [System.Management.Automation.CompletionResult]::new($Name, $Name, 'ParameterValue', $Description)
    }
}
`;

/** The scripts that are written here, by shell. None of them evaluates a text. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['powershell', POWERSHELL],
]);
