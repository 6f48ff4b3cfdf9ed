using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.UnitTests.Dataflow.Checkpoints;

/// <summary>Each decision by example; the simulation shows that together they hold.</summary>
public sealed class RecoveryProtocolTests
{
    private static readonly RecoveryFacts Nothing = new()
    {
        Self = new Incarnation(2),
        Claims = [new Incarnation(2)],
        Listed = [],
        Checkpoints = [],
        Finished = null,
        OverAtClaim = new CheckpointId(0),
        Sinks = [new SinkFact("a", null), new SinkFact("b", null)],
        Plan = "plan",
    };

    [Fact]
    public void Nothing_there_starts_fresh() => Assert.Equal(1, Assert.IsType<RecoveryDecision.StartFresh>(RecoveryProtocol.Decide(Nothing)).Next.Value);

    [Fact]
    public void Marks_of_runs_elsewhere_do_not_hinder_but_push_the_numbers_up()
    {
        var facts = Nothing with { Sinks = [Sink("a", 1, 7), Sink("b", null)], OverAtClaim = new CheckpointId(7) };

        Assert.Equal(8, Assert.IsType<RecoveryDecision.StartFresh>(RecoveryProtocol.Decide(facts)).Next.Value);
        Assert.Equal(new Incarnation(4), RecoveryProtocol.NextClaim([new Incarnation(2)], [Sink("a", 3, 7)]));
    }

    [Fact]
    public void A_committed_checkpoint_is_restored()
    {
        var facts = With([Whole(5, "a"), Whole(4)], Sink("a", 1, 5), Sink("b", null));

        var decision = Assert.IsType<RecoveryDecision.RestoreFrom>(RecoveryProtocol.Decide(facts));

        Assert.Equal((5, 6), (decision.Checkpoint.Value, decision.Next.Value));
    }

    [Fact]
    public void What_a_sink_lacks_is_replayed_into_it_alone()
    {
        var facts = With([Whole(5, "a", "b")], Sink("a", 1, 5), Sink("b", 1, 4));

        Assert.Equal(["b"], Assert.IsType<RecoveryDecision.ReplayCommitThenRestore>(RecoveryProtocol.Decide(facts)).Sinks);
    }

    [Fact]
    public void A_final_checkpoint_is_committed_and_never_run_on_from()
    {
        var facts = With([new CheckpointFact(new CheckpointId(5), new CheckpointContent([], "plan", true, ["a"]), null)], Sink("a", null), Sink("b", null));

        Assert.Equal(["a"], Assert.IsType<RecoveryDecision.ReplayCommitThenFinish>(RecoveryProtocol.Decide(facts)).Sinks);
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_while_no_sink_holds_it()
    {
        var facts = With([Damaged(6), Whole(5, "a")], Sink("a", 1, 5), Sink("b", null));

        var decision = Assert.IsType<RecoveryDecision.FallBackTo>(RecoveryProtocol.Decide(facts));

        Assert.Equal((5, 7), (decision.Checkpoint.Value, decision.Next.Value));
        Assert.Equal([new CheckpointId(6)], decision.Damaged);
    }

    [Fact]
    public void A_damaged_checkpoint_that_a_sink_holds_stops_the_job()
    {
        var facts = With([Damaged(6), Whole(5, "a")], Sink("a", 1, 5), Sink("b", 1, 6));

        var decision = Assert.IsType<RecoveryDecision.StopDamaged>(RecoveryProtocol.Decide(facts));

        Assert.Equal((6, "b", 5, "broken"), (decision.Newest.Value, decision.SinkId, decision.Usable?.Value, decision.Damage));
    }

    [Fact]
    public void Checkpoints_that_are_gone_though_the_folder_is_known_stop_the_job()
    {
        var facts = Nothing with { Finished = new CheckpointId(0), Sinks = [Sink("a", 1, 5)] };

        var decision = Assert.IsType<RecoveryDecision.StopDamaged>(RecoveryProtocol.Decide(facts));

        Assert.Equal((5, null, null), (decision.Newest.Value, decision.Usable, decision.Damage));
    }

    [Fact]
    public void A_branch_that_does_not_contain_the_newest_commit_is_as_good_as_damaged()
    {
        var branch = new CheckpointFact(new CheckpointId(6), new CheckpointContent([new PassedOver(5, 5)], "plan", false, ["a"]), null);
        var facts = With([branch, Whole(5, "a")], Sink("a", 1, 5), Sink("b", null));

        Assert.Equal(5, Assert.IsType<RecoveryDecision.FallBackTo>(RecoveryProtocol.Decide(facts)).Checkpoint.Value);
        Assert.IsType<RecoveryDecision.ReplayCommitThenRestore>(RecoveryProtocol.Decide(With([branch], Sink("a", 1, 4), Sink("b", null))));
    }

    [Fact]
    public void Checkpoints_of_a_finished_run_are_over_and_the_next_starts_fresh()
    {
        var facts = With([Whole(5)], Sink("a", 1, 5), Sink("b", null)) with { Finished = new CheckpointId(5), OverAtClaim = new CheckpointId(5) };

        Assert.Equal(6, Assert.IsType<RecoveryDecision.StartFresh>(RecoveryProtocol.Decide(facts)).Next.Value);
    }

    [Fact]
    public void A_run_that_began_before_the_job_was_finished_does_not_begin_it_anew() =>
        Assert.IsType<RecoveryDecision.AlreadyFinished>(RecoveryProtocol.Decide(Nothing with { Finished = new CheckpointId(5), OverAtClaim = new CheckpointId(0) }));

    [Fact]
    public void A_newer_claim_or_mark_stops_the_run()
    {
        Assert.Equal(3, Assert.IsType<RecoveryDecision.StopFenced>(RecoveryProtocol.Decide(Nothing with { Claims = [new Incarnation(2), new Incarnation(3)] })).By.Value);
        Assert.Equal(9, Assert.IsType<RecoveryDecision.StopFenced>(RecoveryProtocol.Decide(Nothing with { Sinks = [Sink("a", 9, 1)] })).By.Value);
    }

    [Fact]
    public void Another_plan_is_refused() =>
        Assert.Equal("plan", Assert.IsType<RecoveryDecision.StopPlanChanged>(RecoveryProtocol.Decide(With([Whole(5)], Sink("a", null)) with { Plan = "other" })).PlanThen);

    [Theory]
    [InlineData(true, new long[] { 4, 5 }, new long[] { 2 }, null, typeof(CheckpointDecision.Commit))]
    [InlineData(true, new long[] { 4, 5 }, new long[] { 2, 3 }, null, typeof(CheckpointDecision.StopFenced))]
    [InlineData(false, new long[] { 4, 5 }, new long[] { 2 }, null, typeof(CheckpointDecision.RecoverAgain))]
    [InlineData(true, new long[] { 5, 8 }, new long[] { 2 }, null, typeof(CheckpointDecision.RecoverAgain))]
    [InlineData(true, new long[] { 5 }, new long[] { 2 }, 5L, typeof(CheckpointDecision.RecoverAgain))]
    public void Only_the_newest_entry_of_the_newest_run_is_committed(bool isCreated, long[] listed, long[] claims, long? finished, Type decision)
    {
        var facts = new CheckpointFacts
        {
            Self = new Incarnation(2),
            Checkpoint = new CheckpointId(5),
            IsCreated = isCreated,
            Claims = claims.Select(c => new Incarnation(c)).ToList(),
            Listed = listed.Select(c => new CheckpointId(c)).ToList(),
            Finished = finished is { } over ? new CheckpointId(over) : null,
        };

        Assert.IsType(decision, CheckpointProtocol.Decide(facts));
    }

    [Theory]
    [InlineData(null, null, typeof(CommitDecision.Commit))]
    [InlineData(1L, 4L, typeof(CommitDecision.Commit))]
    [InlineData(1L, 5L, typeof(CommitDecision.AlreadyCommitted))]
    [InlineData(2L, 6L, typeof(CommitDecision.AlreadyCommitted))]
    [InlineData(3L, 4L, typeof(CommitDecision.Fenced))]
    public void A_target_takes_each_number_once_and_no_older_run(long? incarnation, long? checkpoint, Type decision)
    {
        CommittedMark? mark = incarnation is { } i && checkpoint is { } c ? new CommittedMark(new Incarnation(i), new CheckpointId(c)) : null;

        Assert.IsType(decision, CommitProtocol.Decide(mark, new Incarnation(2), new CheckpointId(5)));
    }

    private static RecoveryFacts With(IReadOnlyList<CheckpointFact> checkpoints, params SinkFact[] sinks) =>
        Nothing with { Finished = new CheckpointId(0), Checkpoints = checkpoints, Listed = checkpoints.Select(c => c.Id).Reverse().ToList(), Sinks = sinks };

    private static CheckpointFact Whole(long id, params string[] sinks) => new(new CheckpointId(id), new CheckpointContent([], "plan", false, sinks), null);

    private static CheckpointFact Damaged(long id) => new(new CheckpointId(id), null, "broken");

    private static SinkFact Sink(string id, long? incarnation, long checkpoint = 0) =>
        new(id, incarnation is { } i ? new CommittedMark(new Incarnation(i), new CheckpointId(checkpoint)) : null);
}
