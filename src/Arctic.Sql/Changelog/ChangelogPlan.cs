using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Changelog;

/// <summary>What changes each node of a plan gives. Nodes are told apart by identity: a plan that is rewritten must be inferred anew.</summary>
internal sealed class ChangelogPlan
{
    private readonly Dictionary<LogicalPlan, ChangelogMode> _modes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LogicalPlan, IReadOnlyList<EquatableList<int>>> _keys = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<LogicalPlan> _upserts = new(ReferenceEqualityComparer.Instance);

    /// <summary>The kinds that a node gives; <c>-U</c> is left out where nobody above reads it. Of a scan that is normalized: what comes out behind that.</summary>
    public ChangelogMode ModeOf(LogicalPlan node) => _modes[node];

    /// <summary>Sets of columns that identify a row of the node's result at any moment; none when there are none.</summary>
    public IReadOnlyList<EquatableList<int>> UpsertKeysOf(LogicalPlan node) => _keys[node];

    /// <summary>
    /// Whether the scan is an upsert stream whose rows must be completed by the last one of their key before they are used (ChangelogNormalize). Where nobody reads the row before an
    /// update, they need not.
    /// </summary>
    public bool NeedsNormalization(LogicalPlan.Scan scan) => _upserts.Contains(scan) && ModeOf(scan).HasFlag(ChangelogMode.UpdateBefore);

    /// <summary>The plan as EXPLAIN CHANGELOG_MODE prints it.</summary>
    public string Print(LogicalPlan plan) => PlanPrinter.Print(plan, node => _modes.TryGetValue(node, out var mode) && node is not LogicalPlan.Sink ? $", changelogMode=[{Letters(mode)}]" : "");

    internal void SetMode(LogicalPlan node, ChangelogMode mode) => _modes[node] = mode;

    internal void SetKeys(LogicalPlan node, IReadOnlyList<EquatableList<int>> keys) => _keys[node] = keys;

    internal void SetUpsert(LogicalPlan.Scan scan) => _upserts.Add(scan);

    private static string Letters(ChangelogMode mode)
    {
        var letters = new List<string>();
        foreach (var (kind, letter) in new[] { (ChangelogMode.Insert, "I"), (ChangelogMode.UpdateBefore, "UB"), (ChangelogMode.UpdateAfter, "UA"), (ChangelogMode.Delete, "D") })
        {
            if (mode.HasFlag(kind))
            {
                letters.Add(letter);
            }
        }

        return string.Join(',', letters);
    }
}
