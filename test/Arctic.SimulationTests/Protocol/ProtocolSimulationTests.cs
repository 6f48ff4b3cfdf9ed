using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.SimulationTests.Protocol;

/// <summary>The commit and recovery protocol under many histories, and the proof that each of its rules is needed.</summary>
public sealed class ProtocolSimulationTests
{
    private static readonly int HistoryCount = int.TryParse(Environment.GetEnvironmentVariable("ARCTIC_SIMULATION_HISTORIES"), out var count) ? count : 100_000;

    [Fact]
    public void Every_row_is_in_the_table_exactly_once_after_any_history()
    {
        if (FindFailure(new ProtocolRules(), HistoryCount) is { } failure)
        {
            Assert.Fail(failure);
        }
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Taking_a_rule_out_makes_a_history_fail(string rule)
    {
        var failure = FindFailure(CreateMutant(rule), HistoryCount);

        Assert.True(failure is not null, $"No history of {HistoryCount} fails without the rule: {rule}.");
        TestContext.Current.TestOutputHelper?.WriteLine(failure);
    }

    public static TheoryData<string> Mutants() =>
    [
        nameof(SharedClaims), nameof(OverwrittenCheckpoints), nameof(NoLookAfterCreation), nameof(CommitWithoutMark), nameof(NoReplay), nameof(UnguardedFallBack), nameof(CommitFirst),
        nameof(ExpiringMarks), nameof(AbandonedWorkLost), nameof(LostAnswerIsSuccess), nameof(OneCheckpointKept), nameof(NumbersIgnoreMarks), nameof(ClaimsIgnoreMarks),
        nameof(FinalIsRunOn), nameof(FinishedIsIgnored), nameof(NobodyIsFenced), nameof(NoFenceBeforeGoingBack), nameof(AttemptsShareAnIncarnation), nameof(OlderRunsMayCommit), nameof(BranchesLookAlike),
    ];

    private static ProtocolRules CreateMutant(string rule) =>
        (ProtocolRules)Activator.CreateInstance(typeof(ProtocolSimulationTests).GetNestedType(rule, System.Reflection.BindingFlags.NonPublic)!)!;

    private static string? FindFailure(ProtocolRules rules, int histories)
    {
        for (var seed = 0; seed < histories; seed++)
        {
            if (new ProtocolHistory(seed, rules).Play() is not null)
            {
                var again = new ProtocolHistory(seed, rules, traced: true);
                var violation = again.Play();
                return $"Seed {seed}: {violation}\n{string.Join('\n', again.Trace)}";
            }
        }

        return null;
    }

    private sealed class SharedClaims : ProtocolRules
    {
        public override bool ClaimsAreExclusive => false;
    }

    private sealed class OverwrittenCheckpoints : ProtocolRules
    {
        public override bool CheckpointsAreExclusive => false;
    }

    private sealed class NoLookAfterCreation : ProtocolRules
    {
        public override CheckpointDecision Decide(CheckpointFacts facts) => base.Decide(facts with { Listed = [facts.Checkpoint], Finished = null, Claims = [facts.Self] });
    }

    private sealed class CommitWithoutMark : ProtocolRules
    {
        public override CommitDecision Decide(CommittedMark? mark, Incarnation self, CheckpointId checkpoint) => base.Decide(null, self, checkpoint);
    }

    private sealed class NoReplay : ProtocolRules
    {
        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts) switch
        {
            RecoveryDecision.ReplayCommitThenRestore(var checkpoint, _, var next) => new RecoveryDecision.RestoreFrom(checkpoint, next),
            RecoveryDecision.FallBackTo d => d with { Sinks = [] },
            RecoveryDecision.ReplayCommitThenFinish d => d with { Sinks = [] },
            var other => other,
        };
    }

    private sealed class UnguardedFallBack : ProtocolRules
    {
        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts) switch
        {
            RecoveryDecision.StopDamaged { Usable: { } usable } => new RecoveryDecision.FallBackTo(usable, [], [], RecoveryProtocol.Next(facts.Listed, facts.Finished, facts.Sinks)),
            var other => other,
        };
    }

    private sealed class CommitFirst : ProtocolRules
    {
        public override bool CommitsBehindCheckpoint => false;
    }

    private sealed class ExpiringMarks : ProtocolRules
    {
        public override bool MarksOutliveSnapshots => false;
    }

    private sealed class AbandonedWorkLost : ProtocolRules
    {
        public override bool AbandonedWorkIsKept => false;
    }

    private sealed class LostAnswerIsSuccess : ProtocolRules
    {
        public override bool FailuresAreLookedAt => false;
    }

    private sealed class OneCheckpointKept : ProtocolRules
    {
        public override int Retained => 1;
    }

    private sealed class NumbersIgnoreMarks : ProtocolRules
    {
        public override CheckpointId FirstRecord(IReadOnlyList<SinkFact> sinks) => new(0);

        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts) switch
        {
            RecoveryDecision.StartFresh d => d with { Next = RecoveryProtocol.Next(facts.Listed, null, []) },
            var other => other,
        };
    }

    private sealed class ClaimsIgnoreMarks : ProtocolRules
    {
        public override Incarnation NextClaim(IReadOnlyList<Incarnation> claims, IReadOnlyList<SinkFact> sinks) => base.NextClaim(claims, []);
    }

    private sealed class FinalIsRunOn : ProtocolRules
    {
        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts) switch
        {
            RecoveryDecision.ReplayCommitThenFinish(var checkpoint, _, var sinks) =>
                new RecoveryDecision.ReplayCommitThenRestore(checkpoint, sinks, RecoveryProtocol.Next(facts.Listed, facts.Finished, facts.Sinks)),
            var other => other,
        };
    }

    private sealed class FinishedIsIgnored : ProtocolRules
    {
        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts with { Finished = null });
    }

    private sealed class NoFenceBeforeGoingBack : ProtocolRules
    {
        public override bool MustFence(RecoveryDecision decision, RecoveryFacts facts) => false;
    }

    private sealed class AttemptsShareAnIncarnation : ProtocolRules
    {
        public override bool AttemptsClaimAnew => false;
    }

    private sealed class OlderRunsMayCommit : ProtocolRules
    {
        public override CommitDecision Decide(CommittedMark? mark, Incarnation self, CheckpointId checkpoint) =>
            base.Decide(mark is { } m ? m with { Incarnation = self } : null, self, checkpoint);
    }

    private sealed class BranchesLookAlike : ProtocolRules
    {
        public override bool BranchesAreTold => false;
    }

    private sealed class NobodyIsFenced : ProtocolRules
    {
        public override RecoveryDecision Decide(RecoveryFacts facts) => base.Decide(facts with { Claims = [facts.Self] });

        public override CheckpointDecision Decide(CheckpointFacts facts) => base.Decide(facts with { Claims = [facts.Self] });

        public override CommitDecision Decide(CommittedMark? mark, Incarnation self, CheckpointId checkpoint) =>
            base.Decide(mark is { } m ? m with { Incarnation = self } : null, self, checkpoint);
    }
}
